//! Two network namespaces, joined by a link that delays each packet: a TUN device in each, and
//! threads that forward between them. Installs nothing, and goes with this process.

use std::fs::{File, OpenOptions};
use std::io::{self, Read, Write};
use std::net::Ipv4Addr;
use std::os::fd::AsRawFd;
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

pub const CLIENT: Ipv4Addr = Ipv4Addr::new(10, 77, 0, 1);
pub const SERVER: Ipv4Addr = Ipv4Addr::new(10, 77, 0, 2);
const MASK: Ipv4Addr = Ipv4Addr::new(255, 255, 255, 0);
const TUNSETIFF: libc::c_ulong = 0x4004_54ca;
const PACKET: usize = 1 << 16;

/// Makes this thread's namespace that of the client, with a server's beyond the link; `serve` runs
/// in the latter, on a thread of its own, before this returns.
///
/// # Errors
/// Where namespaces or TUN devices are not allowed.
pub fn join<T: Send + 'static>(
    round_trip: Duration,
    serve: impl FnOnce() -> io::Result<T> + Send + 'static,
) -> io::Result<T> {
    be_allowed()?;
    let server = thread::spawn(move || -> io::Result<(File, T)> {
        let device = namespace(SERVER)?;
        Ok((device, serve()?))
    });
    let (far, served) = server
        .join()
        .map_err(|_| io::Error::other("the server's thread panicked"))??;
    let near = namespace(CLIENT)?;
    forward(near.try_clone()?, far.try_clone()?, round_trip / 2);
    forward(far, near, round_trip / 2);
    Ok(served)
}

/// Becomes root of a user namespace, unless this is root already.
fn be_allowed() -> io::Result<()> {
    // SAFETY: neither call takes a pointer.
    let (user, group) = unsafe { (libc::geteuid(), libc::getegid()) };
    if user == 0 {
        return Ok(());
    }
    unshare(libc::CLONE_NEWUSER)?;
    std::fs::write("/proc/self/setgroups", "deny")?;
    std::fs::write("/proc/self/uid_map", format!("0 {user} 1"))?;
    std::fs::write("/proc/self/gid_map", format!("0 {group} 1"))
}

fn unshare(what: libc::c_int) -> io::Result<()> {
    // SAFETY: takes no pointer; only this thread changes.
    check(unsafe { libc::unshare(what) })
}

fn check(result: libc::c_int) -> io::Result<()> {
    if result < 0 {
        return Err(io::Error::last_os_error());
    }
    Ok(())
}

/// A new network namespace for this thread, with a TUN device of that address.
fn namespace(address: Ipv4Addr) -> io::Result<File> {
    unshare(libc::CLONE_NEWNET)?;
    let device = OpenOptions::new()
        .read(true)
        .write(true)
        .open("/dev/net/tun")?;
    let mut tun = request("bench0");
    tun.ifr_ifru.ifru_flags = (libc::IFF_TUN | libc::IFF_NO_PI) as libc::c_short;
    // SAFETY: the descriptor is open, and the request lives through the call.
    check(unsafe { libc::ioctl(device.as_raw_fd(), TUNSETIFF, &raw mut tun) })?;
    let socket = std::net::UdpSocket::bind((Ipv4Addr::UNSPECIFIED, 0))?;
    let configure = |name, kind, change: &dyn Fn(&mut libc::ifreq)| {
        let mut request = request(name);
        change(&mut request);
        // SAFETY: the socket is open, and the request lives through the call.
        check(unsafe { libc::ioctl(socket.as_raw_fd(), kind, &raw mut request) })
    };
    let up = |request: &mut libc::ifreq| {
        request.ifr_ifru.ifru_flags = libc::IFF_UP as libc::c_short;
    };
    configure("lo", libc::SIOCSIFFLAGS, &up)?;
    configure("bench0", libc::SIOCSIFADDR, &|request| {
        request.ifr_ifru.ifru_addr = socket_address(address);
    })?;
    configure("bench0", libc::SIOCSIFNETMASK, &|request| {
        request.ifr_ifru.ifru_netmask = socket_address(MASK);
    })?;
    configure("bench0", libc::SIOCSIFFLAGS, &up)?;
    Ok(device)
}

fn request(name: &str) -> libc::ifreq {
    // SAFETY: all zeros is a value of this struct of numbers.
    let mut request: libc::ifreq = unsafe { std::mem::zeroed() };
    for (to, from) in request.ifr_name.iter_mut().zip(name.bytes()) {
        *to = from as libc::c_char;
    }
    request
}

fn socket_address(address: Ipv4Addr) -> libc::sockaddr {
    let mut bytes = [0; 14];
    for (to, from) in bytes[2..6].iter_mut().zip(address.octets()) {
        *to = from as libc::c_char;
    }
    libc::sockaddr {
        sa_family: libc::AF_INET as libc::sa_family_t,
        sa_data: bytes,
    }
}

/// Forwards packets, each after `delay`, until the process ends.
fn forward(mut from: File, mut to: File, delay: Duration) {
    let (sender, receiver) = mpsc::channel::<(Instant, Vec<u8>)>();
    thread::spawn(move || {
        let mut packet = vec![0; PACKET];
        while let Ok(length) = from.read(&mut packet) {
            let due = Instant::now() + delay;
            if sender.send((due, packet[..length].to_vec())).is_err() {
                return;
            }
        }
    });
    thread::spawn(move || {
        for (due, packet) in receiver {
            thread::sleep(due.saturating_duration_since(Instant::now()));
            // A device that cannot take a packet loses it, as networks do.
            let _ = to.write_all(&packet);
        }
    });
}
