//! The municipality's private authority (認証局) and the certificate of a kit on its LAN.
//!
//! A laptop that slept in a cupboard cannot have a public certificate: those live for weeks and need a network. Managed
//! tablets instead trust an authority of the municipality, which can vouch for nothing but machines on a private LAN.
//!
//! **Invariant:** the authority's key stays where it was made; a kit gets a certificate, never the authority.
//! **Invariant:** the authority is bound to `.local` names and private addresses: who steals it cannot be anybody on the net.

use std::net::IpAddr;
use std::path::Path;

use anyhow::Context as _;
use chrono::{Datelike as _, TimeDelta};
use kernel::Timestamp;
use rcgen::{
    BasicConstraints, CertificateParams, CidrSubnet, DistinguishedName, DnType, ExtendedKeyUsagePurpose,
    GeneralSubtree, IsCa, Issuer, KeyPair, KeyUsagePurpose, NameConstraints, SanType, date_time_ymd,
};

use super::folder::{Folder, write_bytes};

/// Days that the authority lives: ten years.
const AUTHORITY_DAYS: i64 = 3652;
/// Days that a kit's certificate lives; Apple's devices take no more than 825.
const KIT_DAYS: i64 = 820;
/// A certificate is good from the day before: the clock of a tablet may be behind.
const GRACE_DAYS: i64 = 1;

/// Makes an authority in `folder`: `ca.crt` for tablets, `ca.key` to be kept under lock.
pub(crate) fn make(folder: &Path, name: &str, now: Timestamp) -> anyhow::Result<()> {
    let (certificate, key) = (folder.join("ca.crt"), folder.join("ca.key"));
    anyhow::ensure!(
        !certificate.exists() && !key.exists(),
        "{} holds an authority already; tablets that trust it would not know a new one",
        folder.display()
    );
    std::fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))?;
    let pair = KeyPair::generate()?;
    let made = authority(name, now).self_signed(&pair)?;
    // The key first: a certificate without one would be in the way of the next attempt.
    write_bytes(&key, pair.serialize_pem().as_bytes())?;
    write_bytes(&certificate, made.pem().as_bytes())
}

/// Gives a kit a certificate for its address and its name on the LAN (`<name>.local`).
pub(crate) fn certify(
    authority: &Path,
    kit: &Folder,
    address: IpAddr,
    name: &str,
    now: Timestamp,
) -> anyhow::Result<()> {
    let read = |file: &str| {
        std::fs::read_to_string(authority.join(file))
            .with_context(|| format!("{} holds no authority; `mamori kit ca` makes one", authority.display()))
    };
    let root = read("ca.crt")?;
    let issuer = Issuer::from_ca_cert_pem(&root, KeyPair::from_pem(&read("ca.key")?)?)?;
    anyhow::ensure!(is_private(address), "{address} is not an address of a private LAN, e.g. 10.77.0.1");
    let host = host(name)?;
    let pair = KeyPair::generate()?;
    let made = leaf(&host, address, now)?.signed_by(&pair, &issuer)?;
    let (certificate, key) = kit.lan();
    kit.make()?;
    write_bytes(&key, pair.serialize_pem().as_bytes())?;
    write_bytes(&certificate, format!("{}{root}", made.pem()).as_bytes())?;
    write_bytes(&kit.authority(), root.as_bytes())
}

fn authority(name: &str, now: Timestamp) -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name = DistinguishedName::new();
    params.distinguished_name.push(DnType::OrganizationName, name);
    params.distinguished_name.push(DnType::CommonName, format!("{name} 避難所キット 認証局"));
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    params.name_constraints = Some(NameConstraints {
        permitted_subtrees: vec![
            GeneralSubtree::DnsName("local".into()),
            GeneralSubtree::IpAddress(CidrSubnet::from_v4_prefix([10, 0, 0, 0], 8)),
            GeneralSubtree::IpAddress(CidrSubnet::from_v4_prefix([172, 16, 0, 0], 12)),
            GeneralSubtree::IpAddress(CidrSubnet::from_v4_prefix([192, 168, 0, 0], 16)),
        ],
        excluded_subtrees: Vec::new(),
    });
    live(&mut params, now, AUTHORITY_DAYS);
    params
}

fn leaf(host: &str, address: IpAddr, now: Timestamp) -> anyhow::Result<CertificateParams> {
    let mut params = CertificateParams::default();
    params.distinguished_name = DistinguishedName::new();
    params.distinguished_name.push(DnType::CommonName, host);
    params.subject_alt_names = vec![SanType::IpAddress(address), SanType::DnsName(host.try_into()?)];
    params.is_ca = IsCa::ExplicitNoCa;
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    params.use_authority_key_identifier_extension = true;
    live(&mut params, now, KIT_DAYS);
    Ok(params)
}

/// From yesterday's midnight on.
fn live(params: &mut CertificateParams, now: Timestamp, days: i64) {
    let at = |days: i64| {
        let day = (now.utc() + TimeDelta::days(days)).date_naive();
        // Months and days of a calendar fit.
        date_time_ymd(day.year(), day.month().try_into().unwrap_or(1), day.day().try_into().unwrap_or(1))
    };
    params.not_before = at(-GRACE_DAYS);
    params.not_after = at(days - GRACE_DAYS);
}

fn is_private(address: IpAddr) -> bool {
    matches!(address, IpAddr::V4(v4) if v4.is_private())
}

/// `kit01` → `kit01.local`.
fn host(name: &str) -> anyhow::Result<String> {
    let fits = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    anyhow::ensure!(
        !name.is_empty() && name.len() <= 40 && name.chars().all(fits) && !name.starts_with('-'),
        "--name is the kit's name on the LAN: small letters, digits and hyphens, e.g. kit01, not {name}"
    );
    Ok(format!("{name}.local"))
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::from_secs(1_765_203_300);

    #[test]
    fn an_authority_certifies_kits_on_private_lans_and_nothing_else() {
        let home = tempfile::tempdir().unwrap();
        let authority = home.path().join("ca");
        let kit = Folder::at(Some(home.path().join("kit")));
        let certify = |address: &str, name: &str| certify(&authority, &kit, address.parse().unwrap(), name, NOW);
        assert!(certify("10.77.0.1", "kit01").unwrap_err().to_string().contains("mamori kit ca"));
        make(&authority, "八戸市", NOW).unwrap();
        assert!(make(&authority, "八戸市", NOW).unwrap_err().to_string().contains("already"));
        certify("10.77.0.1", "kit01").unwrap();
        certify("10.77.0.1", "kit01").unwrap();
        for (address, name) in [("203.0.113.5", "kit01"), ("10.77.0.1", "KIT 1"), ("10.77.0.1", ""), ("::1", "kit01")] {
            assert!(certify(address, name).is_err(), "{address} {name}");
        }
        let chain = std::fs::read_to_string(kit.lan().0).unwrap();
        assert_eq!(chain.matches("BEGIN CERTIFICATE").count(), 2);
        assert!(!kit.path().join("ca.key").exists());
    }

    #[test]
    fn a_certificate_lives_no_longer_than_tablets_take() {
        let made = leaf("kit01.local", "10.77.0.1".parse().unwrap(), NOW).unwrap();
        let (from, to) = (made.not_before, made.not_after);
        assert!((to - from).whole_days() <= 825);
        assert!(from.unix_timestamp() < NOW.secs() && NOW.secs() - from.unix_timestamp() < 2 * 86_400);
    }
}
