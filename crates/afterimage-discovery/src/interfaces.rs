//! The networks of this machine: one socket on each.
//!
//! Belongs here: where a probe leaves from. Not here: what it says.

use socket2::{Domain, Protocol, Socket, Type};
use std::io;
use std::net::{Ipv4Addr, SocketAddrV4};
use tokio::net::UdpSocket;

/// More are virtual ones, of containers.
const MOST: usize = 64;

/// The IPv4 addresses of interfaces that are up, loopback too.
pub(crate) fn addresses() -> io::Result<Vec<Ipv4Addr>> {
    let mut addresses: Vec<Ipv4Addr> = if_addrs::get_if_addrs()?
        .into_iter()
        .filter(|interface| interface.oper_status != if_addrs::IfOperStatus::Down)
        .filter_map(|interface| match interface.addr {
            if_addrs::IfAddr::V4(address) => Some(address.ip),
            if_addrs::IfAddr::V6(_) => None,
        })
        .collect();
    addresses.sort_unstable();
    addresses.dedup();
    addresses.truncate(MOST);
    Ok(addresses)
}

/// A socket whose multicast leaves by the interface with this address, and no further than its
/// network.
pub(crate) fn open(address: Ipv4Addr) -> io::Result<UdpSocket> {
    let socket = Socket::new(Domain::IPV4, Type::DGRAM, Some(Protocol::UDP))?;
    socket.bind(&SocketAddrV4::new(address, 0).into())?;
    if address != Ipv4Addr::UNSPECIFIED {
        socket.set_multicast_if_v4(&address)?;
        socket.set_multicast_ttl_v4(1)?;
    }
    socket.set_nonblocking(true)?;
    UdpSocket::from_std(socket.into())
}
