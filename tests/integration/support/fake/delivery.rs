//! An answer on its way over the wire: whole, slowly, in part, or not at all.

use std::io::{self, Write};
use std::net::TcpStream;
use std::time::Duration;

use socket2::SockRef;

use super::fault::Delivery;
use super::http::Response;
use super::shared::Shared;

pub fn deliver(
    shared: &Shared,
    stream: &mut impl Write,
    raw: &TcpStream,
    response: &Response,
    delivery: Delivery,
) -> io::Result<()> {
    let mut message = response.head(response.body.len());
    match delivery {
        Delivery::Whole => {
            message.extend(&response.body);
            write(stream, &message)
        }
        Delivery::Trickle(interval) => {
            message.extend(&response.body);
            trickle(shared, stream, &message, interval)
        }
        Delivery::Oversized(length) => flood(shared, stream, response, length),
        Delivery::NotAtAll => Ok(()),
        Delivery::HeadCut => write(stream, &message[..message.len() / 2]),
        Delivery::BodyCut => {
            message.extend(&response.body[..response.body.len() / 2]);
            write(stream, &message)
        }
        Delivery::Verbatim => write(stream, &response.body),
        Delivery::Reset => reset(raw),
    }
}

fn write(stream: &mut impl Write, bytes: &[u8]) -> io::Result<()> {
    stream.write_all(bytes)?;
    stream.flush()
}

fn trickle(
    shared: &Shared,
    stream: &mut impl Write,
    message: &[u8],
    interval: Duration,
) -> io::Result<()> {
    for byte in message.chunks(1) {
        write(stream, byte)?;
        shared.pass(interval);
        if shared.is_stopped() {
            break;
        }
    }
    Ok(())
}

/// The beginning of the true body, then one letter for ever, as far as the client reads.
fn flood(
    shared: &Shared,
    stream: &mut impl Write,
    response: &Response,
    length: usize,
) -> io::Result<()> {
    write(stream, &response.head(length))?;
    let start = &response.body[..response.body.len().min(length) / 2];
    write(stream, start)?;
    let block = [b'a'; 16 * 1024];
    let mut left = length - start.len();
    while left > 0 && !shared.is_stopped() {
        let next = left.min(block.len());
        write(stream, &block[..next])?;
        left -= next;
    }
    Ok(())
}

/// With no time to linger, the close that follows is a reset.
fn reset(raw: &TcpStream) -> io::Result<()> {
    SockRef::from(raw).set_linger(Some(Duration::ZERO))
}
