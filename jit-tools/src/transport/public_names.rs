//! A look-up of names that lets no public name lead into a private network.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use reqwest::dns::{Addrs, Name, Resolve, Resolving};

use super::BoxError;

/// Looks names up, and refuses a name that leads to any address that is not public: a hostile or poisoned DNS must not
/// turn an API's name into a neighbour's.
#[derive(Clone, Copy, Debug)]
pub(super) struct PublicNames<R = SystemNames>(pub(super) R);

/// Looks names up as the system does.
#[derive(Clone, Copy, Debug)]
pub(super) struct SystemNames;

/// Has every name lead to this machine. It is asked for `localhost` and what is below it only.
#[derive(Clone, Copy, Debug)]
pub(super) struct ThisMachine;

/// A host that is in a private network, or leads there.
#[derive(Debug, thiserror::Error)]
#[error("`{host}` leads to {address}, which is not a public address; private addresses are refused")]
pub(super) struct PrivateAddress {
    host: String,
    address: IpAddr,
}

impl PrivateAddress {
    /// An error, if an address that stands in a URL itself, and is looked up by nobody, is not public.
    pub(super) fn check(address: IpAddr) -> Result<(), Self> {
        if is_public(address) { Ok(()) } else { Err(Self { host: address.to_string(), address }) }
    }
}

impl Resolve for ThisMachine {
    fn resolve(&self, _: Name) -> Resolving {
        // The port is the caller's matter.
        let addresses = [IpAddr::from(Ipv4Addr::LOCALHOST), IpAddr::from(Ipv6Addr::LOCALHOST)];
        Box::pin(async move { Ok(Box::new(addresses.map(|address| SocketAddr::new(address, 0)).into_iter()) as Addrs) })
    }
}

impl Resolve for SystemNames {
    fn resolve(&self, name: Name) -> Resolving {
        Box::pin(async move {
            // The port is the caller's matter.
            let addresses: Vec<SocketAddr> = tokio::net::lookup_host((name.as_str(), 0)).await?.collect();
            Ok(Box::new(addresses.into_iter()) as Addrs)
        })
    }
}

impl<R: Resolve> Resolve for PublicNames<R> {
    fn resolve(&self, name: Name) -> Resolving {
        let host = name.as_str().to_owned();
        let found = self.0.resolve(name);
        Box::pin(async move {
            let addresses: Vec<SocketAddr> = found.await?.collect();
            match addresses.iter().map(SocketAddr::ip).find(|address| !is_public(*address)) {
                Some(address) => Err(BoxError::from(PrivateAddress { host, address })),
                None => Ok(Box::new(addresses.into_iter()) as Addrs),
            }
        })
    }
}

/// Whether an address is one of the public internet (IANA's registries of special-purpose addresses).
fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => is_public_v4(address),
        IpAddr::V6(address) => match embedded_v4(address) {
            Some(embedded) => is_public_v4(embedded),
            None => is_public_v6(address),
        },
    }
}

fn is_public_v4(address: Ipv4Addr) -> bool {
    let [a, b, c, _] = address.octets();
    let special = address.is_private()
        || address.is_loopback()
        || address.is_link_local()
        || address.is_broadcast()
        || address.is_documentation()
        || address.is_multicast()
        || a == 0
        || a >= 240
        // Shared addresses of carriers (RFC 6598), protocol assignments (RFC 6890), benchmarks (RFC 2544).
        || (a == 100 && (64..128).contains(&b))
        || (a == 192 && b == 0 && c == 0)
        || (a == 198 && (18..20).contains(&b));
    !special
}

fn is_public_v6(address: Ipv6Addr) -> bool {
    let [first, second, ..] = address.segments();
    // Global unicast (RFC 4291), without documentation (RFC 3849, RFC 9637) and the special block of RFC 6890.
    (first & 0xe000) == 0x2000
        && !(first == 0x2001 && second == 0xdb8)
        && !(first == 0x3fff && second < 0x1000)
        && !(first == 0x2001 && second < 0x200)
}

/// The IPv4 address in one of IPv6 that leads to it: mapped (RFC 4291), translated (RFC 6052), or 6to4 (RFC 3056).
fn embedded_v4(address: Ipv6Addr) -> Option<Ipv4Addr> {
    let [.., high, low] = address.segments();
    let from = |high: u16, low: u16| Ipv4Addr::from((u32::from(high) << 16) | u32::from(low));
    match address.segments() {
        [0, 0, 0, 0, 0, 0xffff, ..] | [0x64, 0xff9b, 0, 0, 0, 0, ..] => Some(from(high, low)),
        [0x2002, high, low, ..] => Some(from(high, low)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn these_addresses_are_public_and_these_are_not() {
        for public in ["8.8.8.8", "93.184.216.34", "100.128.0.1", "198.20.0.1", "2606:4700::1111", "::ffff:8.8.8.8"] {
            assert!(is_public(public.parse().unwrap()), "{public}");
        }
        for private in [
            "0.0.0.0",
            "10.1.2.3",
            "100.64.0.1",
            "127.0.0.1",
            "169.254.169.254",
            "172.16.0.1",
            "192.0.0.1",
            "192.0.2.1",
            "192.168.1.1",
            "198.18.0.1",
            "224.0.0.1",
            "240.0.0.1",
            "255.255.255.255",
            "::",
            "::1",
            "fe80::1",
            "fc00::1",
            "fd12::1",
            "ff02::1",
            "2001:db8::1",
            "2001::1",
            "::ffff:10.0.0.1",
            "::ffff:127.0.0.1",
            "64:ff9b::a00:1",
            "2002:a00:1::1",
        ] {
            assert!(!is_public(private.parse().unwrap()), "{private}");
        }
    }

    #[tokio::test]
    async fn a_name_that_leads_to_this_machine_is_refused() {
        let refused = PublicNames(SystemNames).resolve("localhost".parse().unwrap()).await.err().unwrap();
        assert!(refused.to_string().contains("which is not a public address"), "{refused}");
    }
}
