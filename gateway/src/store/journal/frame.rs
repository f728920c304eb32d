//! How one entry lies in a journal file: a line of text that carries its own length, checksum and number.
//!
//! `{length:08x} {crc32:08x} {number:020} {payload}\n`. The checksum covers the number and the payload.
//! The payload is JSON without line breaks, so a newline only ever ends a frame: after damage, reading
//! starts again at the next line. And a person can read the file with `less`.

use crate::store::layout::MAX_NUMBER;
use std::ops::Range;

/// Largest payload: a record of the largest size, escaped as JSON, fits.
pub(crate) const MAX_PAYLOAD: usize = 16 << 20;

const LENGTH: usize = 8;
const HEADER: usize = LENGTH + 1 + 8 + 1;
const NUMBER: usize = 20 + 1;

/// Appends one frame to `out`.
pub(crate) fn encode(out: &mut Vec<u8>, number: u64, payload: &[u8]) {
    let numbered = format!("{number:020} ");
    let mut checksum = crc32fast::Hasher::new();
    checksum.update(numbered.as_bytes());
    checksum.update(payload);
    let header = format!("{:08x} {:08x} {numbered}", payload.len(), checksum.finalize());
    out.extend_from_slice(header.as_bytes());
    out.extend_from_slice(payload);
    out.push(b'\n');
}

#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Frame {
    pub(crate) number: u64,
    pub(crate) payload: Range<usize>,
}

#[derive(Debug, PartialEq, Eq, Default)]
pub(crate) struct Scan {
    pub(crate) frames: Vec<Frame>,
    /// Stretches between whole frames that cannot be read.
    pub(crate) damage: Vec<Range<usize>>,
    /// Where the last whole frame ends; what follows was torn off by a crash.
    pub(crate) end: usize,
}

/// Reads every whole frame, and says what lies between and behind them.
pub(crate) fn scan(bytes: &[u8]) -> Scan {
    let mut scan = Scan::default();
    let mut at = 0;
    while at < bytes.len() {
        if let Some(frame) = decode(bytes, at) {
            at = frame.payload.end + 1;
            scan.frames.push(frame);
            scan.end = at;
            continue;
        }
        let Some(next) = resume(bytes, at) else { break };
        scan.damage.push(at..next);
        at = next;
    }
    scan
}

/// The next line start that begins a whole frame.
fn resume(bytes: &[u8], from: usize) -> Option<usize> {
    let newlines = bytes[from..].iter().enumerate().filter(|(_, byte)| **byte == b'\n');
    newlines.map(|(offset, _)| from + offset + 1).find(|start| decode(bytes, *start).is_some())
}

/// The line that a byte is in, counted from 1.
pub(crate) fn line(bytes: &[u8], at: usize) -> usize {
    bytes[..at].iter().filter(|byte| **byte == b'\n').count() + 1
}

fn decode(bytes: &[u8], at: usize) -> Option<Frame> {
    let header = bytes.get(at..at + HEADER)?;
    let length = hex(&header[..LENGTH])? as usize;
    let checksum = hex(&header[LENGTH + 1..HEADER - 1])?;
    if length > MAX_PAYLOAD || (header[LENGTH], header[HEADER - 1]) != (b' ', b' ') {
        return None;
    }
    let start = at + HEADER + NUMBER;
    let covered = bytes.get(at + HEADER..start + length)?;
    // The newline must be there, but a damaged one takes nothing from the entry.
    if bytes.len() <= start + length || crc32fast::hash(covered) != checksum {
        return None;
    }
    let number = std::str::from_utf8(&covered[..NUMBER - 1]).ok()?.parse().ok()?;
    (number <= MAX_NUMBER).then(|| Frame { number, payload: start..start + length })
}

fn hex(digits: &[u8]) -> Option<u32> {
    u32::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn journal(payloads: &[&str]) -> (Vec<u8>, Vec<usize>) {
        let (mut bytes, mut ends) = (vec![], vec![0]);
        for (number, payload) in payloads.iter().enumerate() {
            encode(&mut bytes, number as u64 + 1, payload.as_bytes());
            ends.push(bytes.len());
        }
        (bytes, ends)
    }

    fn read<'a>(bytes: &'a [u8], scan: &Scan) -> Vec<&'a str> {
        scan.frames.iter().map(|frame| std::str::from_utf8(&bytes[frame.payload.clone()]).unwrap()).collect()
    }

    #[test]
    fn a_frame_is_a_line_that_a_person_can_read() {
        let (bytes, _) = journal(&[r#"{"kind":"record"}"#]);
        let text = String::from_utf8(bytes).unwrap();
        assert_eq!(text, "00000011 733189d6 00000000000000000001 {\"kind\":\"record\"}\n");
    }

    #[test]
    fn a_cut_at_any_byte_leaves_exactly_the_whole_frames_before_it() {
        // REQ-STATE-03
        let payloads = ["{}", r#"{"a":1}"#, r#"{"text":"with 00000002 inside"}"#, "[]"];
        let (bytes, ends) = journal(&payloads);
        for cut in 0..=bytes.len() {
            let scan = scan(&bytes[..cut]);
            let whole = ends.iter().filter(|end| **end <= cut).count() - 1;
            assert_eq!(read(&bytes[..cut], &scan), payloads[..whole], "cut at {cut}");
            assert_eq!(scan.end, ends[whole], "cut at {cut}");
            assert!(scan.damage.is_empty(), "cut at {cut}");
        }
    }

    #[test]
    fn a_changed_byte_costs_its_own_frame_and_is_reported() {
        let payloads = ["{}", r#"{"a":1}"#, "[]"];
        let (bytes, ends) = journal(&payloads);
        for at in ends[1]..ends[2] - 1 {
            let mut damaged = bytes.clone();
            damaged[at] ^= 0x15;
            let scan = scan(&damaged);
            assert_eq!(read(&damaged, &scan), ["{}", "[]"], "byte {at}");
            assert_eq!(scan.damage, std::slice::from_ref(&(ends[1]..ends[2])), "byte {at}");
        }
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_without_panic_and_only_whole_frames_come_out(
            junk in proptest::collection::vec(any::<u8>(), 0..200),
            payload in "[a-z{}\":,]{0,60}",
        ) {
            let mut bytes = junk.clone();
            bytes.push(b'\n');
            encode(&mut bytes, 7, payload.as_bytes());
            let scan = scan(&bytes);
            let last = scan.frames.last().unwrap();
            prop_assert_eq!(last.number, 7);
            prop_assert_eq!(&bytes[last.payload.clone()], payload.as_bytes());
        }
    }
}
