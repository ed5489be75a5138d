//! The fake's clock: real time, moved by as much as a test wants, in the three ways AWS writes it.

use std::time::SystemTime;

use aws_smithy_types::DateTime;
use aws_smithy_types::date_time::Format;

/// Seconds since 1970, now, without any shift.
pub fn now() -> i64 {
    DateTime::from(SystemTime::now()).secs()
}

/// `20261123T173551Z`, as in X-Amz-Date.
pub fn compact(seconds: i64) -> String {
    iso(seconds).replace(['-', ':'], "")
}

/// `2026-11-23T17:35:51Z`, as in credentials' expiration.
pub fn iso(seconds: i64) -> String {
    written(seconds, Format::DateTime)
}

/// `Mon, 23 Nov 2026 17:35:51 GMT`, as in the Date header.
pub fn http(seconds: i64) -> String {
    written(seconds, Format::HttpDate)
}

fn written(seconds: i64, format: Format) -> String {
    let time = DateTime::from_secs(seconds).fmt(format);
    time.expect("the year has four digits")
}

/// Reads what [`compact`] writes.
pub fn parse_compact(text: &str) -> Option<DateTime> {
    let part = |range: std::ops::Range<usize>| text.get(range);
    let (year, month, day_and_hour) = (part(0..4)?, part(4..6)?, part(6..11)?);
    let (minute, second) = (part(11..13)?, text.get(13..)?);
    let iso = format!("{year}-{month}-{day_and_hour}:{minute}:{second}");
    DateTime::from_str(&iso, Format::DateTime).ok()
}
