//! Counting by address (接続元ごとの数): how many of something one client has.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::Arc;

use parking_lot::Mutex;

/// How many each client has now.
#[derive(Debug, Clone, Default)]
pub(crate) struct Tally(Arc<Mutex<HashMap<IpAddr, usize>>>);

/// One of them, given back when dropped.
#[derive(Debug)]
pub(crate) struct Counted {
    tally: Tally,
    client: IpAddr,
}

impl Tally {
    /// One more for the client behind `peer`; `None` when it has `most` already.
    pub(crate) fn take(&self, peer: IpAddr, most: usize) -> Option<Counted> {
        let client = client(peer);
        let mut counts = self.0.lock();
        if counts.get(&client).copied().unwrap_or(0) >= most {
            return None;
        }
        *counts.entry(client).or_default() += 1;
        Some(Counted { tally: self.clone(), client })
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        let mut counts = self.tally.0.lock();
        if let Some(count) = counts.get_mut(&self.client) {
            *count -= 1;
            if *count == 0 {
                counts.remove(&self.client);
            }
        }
    }
}

/// The client an address stands for: a whole /64 with IPv6, of which one household has all addresses.
fn client(peer: IpAddr) -> IpAddr {
    match peer.to_canonical() {
        IpAddr::V6(address) => IpAddr::V6(Ipv6Addr::from_bits(address.to_bits() & (u128::MAX << 64))),
        address @ IpAddr::V4(_) => address,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_client_has_so_many_and_gives_them_back() {
        let tally = Tally::default();
        let from = |address: &str| tally.take(address.parse().unwrap(), 2);
        let (one, two) = (from("192.0.2.1"), from("::ffff:192.0.2.1"));
        assert!(one.is_some() && two.is_some() && from("192.0.2.1").is_none());
        assert!(from("192.0.2.2").is_some());
        drop(one);
        assert!(from("192.0.2.1").is_some());
        drop(two);
        assert!(tally.0.lock().is_empty());
    }

    #[test]
    fn a_household_with_ipv6_is_one_client() {
        let same = |a: &str, b: &str| client(a.parse().unwrap()) == client(b.parse().unwrap());
        assert!(same("2001:db8:1:2::5", "2001:db8:1:2:ffff::9"));
        assert!(!same("2001:db8:1:2::5", "2001:db8:1:3::5"));
        assert!(!same("192.0.2.1", "192.0.2.2"));
    }
}
