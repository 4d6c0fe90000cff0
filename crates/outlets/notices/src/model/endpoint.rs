//! Which addresses we send to: push services that are known, and never a machine of our own network.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use reqwest::Url;

/// Push services of the browsers; a dot before the name stands for every name under it.
pub const KNOWN: &[&str] = &[
    "fcm.googleapis.com",
    "updates.push.services.mozilla.com",
    ".push.services.mozilla.com",
    "web.push.apple.com",
    ".push.apple.com",
    ".notify.windows.com",
];

/// Where messages may go (送信先の制限).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Reach {
    /// Push services besides the known ones.
    pub more: Vec<String>,
    /// A push service on this machine or network may be used, also without TLS: for tests and closed networks.
    pub local: bool,
}

/// Why an endpoint is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadEndpoint {
    #[error("not an https address of at most 1000 characters")]
    Unreadable,
    #[error("not an address of a push service that is known here")]
    Unknown,
}

/// The origin of an endpoint that may be sent to: `https://fcm.googleapis.com`.
pub fn origin(endpoint: &str, reach: &Reach) -> Result<String, BadEndpoint> {
    if endpoint.len() > 1_000 {
        return Err(BadEndpoint::Unreadable);
    }
    let url = Url::parse(endpoint).map_err(|_| BadEndpoint::Unreadable)?;
    let host = url.host_str().ok_or(BadEndpoint::Unreadable)?;
    let bare = url.username().is_empty() && url.password().is_none() && url.fragment().is_none();
    if !bare {
        return Err(BadEndpoint::Unreadable);
    }
    let origin = url.origin().ascii_serialization();
    if reach.local && is_local(host) && matches!(url.scheme(), "http" | "https") {
        return Ok(origin);
    }
    if url.scheme() != "https" || url.port().is_some() {
        return Err(BadEndpoint::Unreadable);
    }
    let names = KNOWN.iter().copied().chain(reach.more.iter().map(String::as_str));
    let mut known = names.filter(|name| match name.strip_prefix('.') {
        Some(_) => host.len() > name.len() && host.ends_with(name),
        None => host == *name,
    });
    known.next().map(|_| origin).ok_or(BadEndpoint::Unknown)
}

/// Whether an address belongs to no machine on the public network.
pub fn is_private(ip: IpAddr) -> bool {
    match ip {
        IpAddr::V4(v4) => is_private_v4(v4),
        IpAddr::V6(v6) => match v6.to_ipv4_mapped() {
            Some(v4) => is_private_v4(v4),
            None => is_private_v6(v6),
        },
    }
}

fn is_private_v4(ip: Ipv4Addr) -> bool {
    let [a, b, ..] = ip.octets();
    ip.is_private()
        || ip.is_loopback()
        || ip.is_link_local()
        || ip.is_broadcast()
        || ip.is_documentation()
        || ip.is_multicast()
        || a == 0
        || a >= 240
        || (a == 100 && (64..128).contains(&b))
        || (a == 198 && (18..20).contains(&b))
        || (a == 192 && b == 0)
}

fn is_private_v6(ip: Ipv6Addr) -> bool {
    let first = ip.segments()[0];
    // Only 2000::/3 is the public network; of it 2001:db8::/32 is for documents, 2002::/16 carries an IPv4 address.
    first & 0xe000 != 0x2000 || (first == 0x2001 && ip.segments()[1] == 0x0db8) || first == 0x2002
}

fn is_local(host: &str) -> bool {
    let ip = host.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>();
    host == "localhost" || ip.is_ok_and(is_private)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_known_push_services_are_sent_to() {
        let strict = Reach::default();
        for good in [
            "https://fcm.googleapis.com/fcm/send/abc",
            "https://updates.push.services.mozilla.com/wpush/v2/x",
            "https://web.push.apple.com/Q",
            "https://wns2-par02p.notify.windows.com/w/?token=x",
        ] {
            assert!(origin(good, &strict).is_ok(), "{good}");
        }
        for bad in [
            "http://fcm.googleapis.com/x",
            "https://fcm.googleapis.com:8443/x",
            "https://fcm.googleapis.com.evil.example/x",
            "https://evilfcm.googleapis.com/x",
            "https://user@fcm.googleapis.com/x",
            "https://.push.apple.com/x",
            "https://127.0.0.1/x",
            "https://169.254.169.254/latest/meta-data",
            "https://[::1]/x",
            "http://localhost:8080/x",
            "file:///etc/passwd",
            "",
        ] {
            assert!(origin(bad, &strict).is_err(), "{bad}");
        }
        assert!(origin(&format!("https://fcm.googleapis.com/{}", "x".repeat(1_000)), &strict).is_err());
    }

    #[test]
    fn an_operator_may_add_a_service_or_a_local_one() {
        let wide = Reach { more: vec!["push.pref.aomori.lg.jp".into()], local: true };
        assert_eq!(origin("https://push.pref.aomori.lg.jp/a", &wide), Ok("https://push.pref.aomori.lg.jp".into()));
        assert_eq!(origin("http://127.0.0.1:9000/a", &wide), Ok("http://127.0.0.1:9000".into()));
        assert_eq!(origin("https://localhost:9000/a", &wide), Ok("https://localhost:9000".into()));
        assert_eq!(origin("http://8.8.8.8/a", &wide), Err(BadEndpoint::Unreadable));
    }

    #[test]
    fn addresses_of_our_own_network_are_known() {
        let private = [
            "10.0.0.1",
            "172.16.0.1",
            "192.168.1.1",
            "127.0.0.1",
            "169.254.169.254",
            "0.0.0.0",
            "100.64.0.1",
            "224.0.0.1",
            "198.18.0.1",
            "::1",
            "fe80::1",
            "fc00::1",
            "::ffff:10.0.0.1",
            "ff02::1",
            "::",
        ];
        for ip in private {
            assert!(is_private(ip.parse().unwrap()), "{ip}");
        }
        for ip in ["8.8.8.8", "142.250.0.1", "2404:6800::1"] {
            assert!(!is_private(ip.parse().unwrap()), "{ip}");
        }
    }
}
