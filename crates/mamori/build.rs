//! Rebuilds when the web app or the sample was rebuilt: both are embedded in the binary.

fn main() {
    println!("cargo::rerun-if-changed=../../web/build");
    println!("cargo::rerun-if-changed=../../sample");
}
