//! The sockets of an authority: the address that was asked for, and its twin.
//!
//! A browser takes a name below `localhost` to `127.0.0.1` or to `::1`, as it likes. Who listens at the other one of the
//! two, at the same port, would get what is meant for the authority, so it holds both.

use std::{
    io,
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
};

use tokio::net::{TcpListener, TcpStream};

/// How often another port is tried where the system chose one whose twin is taken.
const MAX_TRIES: u32 = 16;

/// Where an authority listens.
#[derive(Debug)]
pub(in super::super) struct Listeners {
    own: TcpListener,
    twin: Option<TcpListener>,
    /// Whether nobody else can listen where names below `localhost` lead.
    holds_names: bool,
}

impl Listeners {
    /// Listens at a loopback address, and at its twin where it has one. The error says which of the two failed.
    pub(in super::super) async fn bind(address: SocketAddr) -> Result<Self, (SocketAddr, io::Error)> {
        let mut tries = 1;
        loop {
            let own = TcpListener::bind(address).await.map_err(|error| (address, error))?;
            let bound = own.local_addr().map_err(|error| (address, error))?;
            let Some(twin) = twin_of(bound) else { return Ok(Self::only(own)) };
            match TcpListener::bind(twin).await {
                Ok(twin) => return Ok(Self { own, twin: Some(twin), holds_names: true }),
                Err(error) if exists_nowhere(&error) => return Ok(Self { own, twin: None, holds_names: true }),
                Err(error) if error.kind() == io::ErrorKind::AddrInUse && address.port() == 0 && tries < MAX_TRIES => {
                    tries += 1;
                }
                Err(error) => return Err((twin, error)),
            }
        }
    }

    /// Listens at one address alone.
    pub(super) fn only(own: TcpListener) -> Self {
        Self { own, twin: None, holds_names: false }
    }

    /// Returns the address that was asked for, with its port.
    pub(in super::super) fn address(&self) -> io::Result<SocketAddr> {
        self.own.local_addr()
    }

    /// Returns true if nobody else can listen where names below `localhost` lead.
    pub(in super::super) fn holds_names(&self) -> bool {
        self.holds_names
    }

    /// Returns the next connection.
    pub(super) async fn accept(&self) -> io::Result<TcpStream> {
        let (stream, _) = match &self.twin {
            None => self.own.accept().await,
            Some(twin) => tokio::select! {
                accepted = self.own.accept() => accepted,
                accepted = twin.accept() => accepted,
            },
        }?;
        Ok(stream)
    }
}

/// The other address of the two to which names below `localhost` lead.
fn twin_of(address: SocketAddr) -> Option<SocketAddr> {
    let twin = match address.ip() {
        IpAddr::V4(Ipv4Addr::LOCALHOST) => IpAddr::V6(Ipv6Addr::LOCALHOST),
        IpAddr::V6(Ipv6Addr::LOCALHOST) => IpAddr::V4(Ipv4Addr::LOCALHOST),
        _ => return None,
    };
    Some(SocketAddr::new(twin, address.port()))
}

/// Returns true if this machine has no such address, so that nobody can listen there.
fn exists_nowhere(error: &io::Error) -> bool {
    #[cfg(unix)]
    let has_no_family = error.raw_os_error() == Some(rustix::io::Errno::AFNOSUPPORT.raw_os_error());
    #[cfg(not(unix))]
    let has_no_family = false;
    has_no_family || error.kind() == io::ErrorKind::AddrNotAvailable
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn nobody_else_listens_where_the_pages_name_leads() {
        for address in ["127.0.0.1:0", "[::1]:0"] {
            let Ok(listeners) = Listeners::bind(address.parse().unwrap()).await else { continue };
            assert!(listeners.holds_names());
            let twin = twin_of(listeners.address().unwrap()).unwrap();
            assert!(TcpListener::bind(twin).await.is_err(), "{twin}");
        }
    }

    #[tokio::test]
    async fn an_address_whose_twin_is_taken_is_not_listened_at() {
        let Ok(other) = TcpListener::bind("[::1]:0").await else { return };
        let port = other.local_addr().unwrap().port();
        let (address, error) = Listeners::bind(([127, 0, 0, 1], port).into()).await.unwrap_err();
        assert_eq!((address, error.kind()), (other.local_addr().unwrap(), io::ErrorKind::AddrInUse));
    }

    #[test]
    fn other_loopback_addresses_have_no_twin() {
        assert_eq!(twin_of(([127, 0, 0, 5], 80).into()), None);
    }
}
