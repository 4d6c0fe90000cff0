//! Messages sealed with the token of their push service, per CPU-second; and what P-256 alone allows.

use aws_lc_rs::agreement::{ECDH_P256, PrivateKey, UnparsedPublicKey, agree};
use kernel::Timestamp;
use mamori_notices::push::{Signer, Tokens, seal};

use super::thread_cpu;

const MESSAGES: u32 = 20_000;

pub(super) fn measure() -> anyhow::Result<()> {
    let browser = PrivateKey::generate(&ECDH_P256)?;
    let public: [u8; 65] = browser.compute_public_key()?.as_ref().try_into()?;
    let (auth, plain) = ([9; 16], [b'x'; 300]);
    let signer = Signer::read(&Signer::fresh()?)?;
    let (tokens, now) = (Tokens::default(), Timestamp::from_secs(1_790_000_000));
    let (mut ours, mut floor) = (Vec::new(), Vec::new());
    for _ in 0..5 {
        let begun = thread_cpu();
        for _ in 0..MESSAGES / 5 {
            let sealed = seal(&public, &auth, &plain)?;
            let token = tokens.get(&signer, "https://fcm.googleapis.com", "mailto:a@example.jp", now)?;
            std::hint::black_box((sealed, token));
        }
        ours.push(thread_cpu().saturating_sub(begun));
        let begun = thread_cpu();
        for _ in 0..MESSAGES / 5 {
            let key = PrivateKey::generate(&ECDH_P256)?;
            let peer = UnparsedPublicKey::new(&ECDH_P256, &public);
            let secret = agree(&key, peer, anyhow::anyhow!("no agreement"), |secret| Ok(secret.to_vec()))?;
            std::hint::black_box((key.compute_public_key()?, secret));
        }
        floor.push(thread_cpu().saturating_sub(begun));
    }
    let rate = |times| f64::from(MESSAGES / 5) / super::median(times).as_secs_f64();
    let (ours, floor) = (rate(ours), rate(floor));
    println!("figure sealed_per_cpu_s {ours:.0}");
    println!("figure sealed_to_p256 {:.3}", ours / floor);
    println!("peer sealed_per_cpu_s P-256 alone {floor:.0} /CPU-s");
    Ok(())
}
