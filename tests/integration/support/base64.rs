//! Base64 as AWS writes binary secrets, and as a leaked value might be written. Only encoding, with padding.

const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

pub fn encode(bytes: &[u8]) -> String {
    bytes.chunks(3).flat_map(group).collect()
}

fn group(chunk: &[u8]) -> [char; 4] {
    let byte = |at: usize| u32::from(chunk.get(at).copied().unwrap_or(0));
    let bits = byte(0) << 16 | byte(1) << 8 | byte(2);
    let sextet = |at: usize| ALPHABET[(bits >> (18 - 6 * at) & 63) as usize] as char;
    let or_padding = |at: usize| if at <= chunk.len() { sextet(at) } else { '=' };
    [sextet(0), sextet(1), or_padding(2), or_padding(3)]
}
