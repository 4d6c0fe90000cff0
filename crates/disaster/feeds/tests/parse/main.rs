//! The telegram parser: families on telegrams of our own, broken input, mutations, and every real telegram.

mod bad;
mod families;
mod property;
mod real;
mod support;
mod walk;
