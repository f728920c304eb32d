//! How one entry lies in a journal file: a line of text that carries its own length, checksum, number and signature.
//!
//! `{length:08x}+{crc32:08x} {number:020} {signature:64} {payload}\n`. The checksum covers what comes behind it, the signature
//! number and payload. Without a key, and from gateways before there was one, lines are
//! `{length:08x} {crc32:08x} {number:020} {payload}\n`; those gateways take a signed line for damage and never for an entry.
//! The payload is JSON without line breaks, so a newline only ever ends a frame: after damage, reading
//! starts again at the next line. And a person can read the file with `less`.

use crate::store::layout::MAX_NUMBER;
use crate::store::state_keys::{Proof, SIGNATURE, Signed, StateKeys, Trust};
use std::ops::Range;

/// Largest payload: a record of the largest size, escaped as JSON, fits.
pub(crate) const MAX_PAYLOAD: usize = 16 << 20;

const LENGTH: usize = 8;
const HEADER: usize = LENGTH + 1 + 8 + 1;
const NUMBER: usize = 20 + 1;
/// Stand behind the length.
const PLAIN: u8 = b' ';
const WITH_SIGNATURE: u8 = b'+';

/// Appends one frame to `out`.
pub(crate) fn encode(out: &mut Vec<u8>, number: u64, payload: &[u8], keys: Option<&StateKeys>) {
    let (mark, before) = match keys {
        None => (PLAIN, format!("{number:020} ")),
        Some(keys) => (WITH_SIGNATURE, format!("{number:020} {} ", signature(keys, number, payload))),
    };
    let mut checksum = crc32fast::Hasher::new();
    checksum.update(before.as_bytes());
    checksum.update(payload);
    let header = format!("{:08x}{}{:08x} {before}", payload.len(), char::from(mark), checksum.finalize());
    out.extend_from_slice(header.as_bytes());
    out.extend_from_slice(payload);
    out.push(b'\n');
}

fn signature(keys: &StateKeys, number: u64, payload: &[u8]) -> String {
    keys.sign(Signed::Frame, &[&number.to_be_bytes(), payload])
}

#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Frame {
    pub(crate) number: u64,
    pub(crate) start: usize,
    pub(crate) signature: Option<Range<usize>>,
    pub(crate) payload: Range<usize>,
}

impl Frame {
    /// Whether a gateway with the key wrote it, under this number.
    pub(crate) fn proof(&self, bytes: &[u8], trust: &Trust) -> Proof {
        trust.proof(|keys| {
            let signature = self.signature.clone().and_then(|place| std::str::from_utf8(&bytes[place]).ok());
            let parts = [&self.number.to_be_bytes()[..], &bytes[self.payload.clone()]];
            signature.is_some_and(|signature| keys.is_signed(Signed::Frame, &parts, signature))
        })
    }
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
    let mark = header[LENGTH];
    if length > MAX_PAYLOAD || !matches!(mark, PLAIN | WITH_SIGNATURE) || header[HEADER - 1] != b' ' {
        return None;
    }
    let numbered = at + HEADER + NUMBER;
    let signature = (mark == WITH_SIGNATURE).then_some(numbered..numbered + SIGNATURE);
    let start = signature.as_ref().map_or(numbered, |signature| signature.end + 1);
    let covered = bytes.get(at + HEADER..start + length)?;
    // The newline must be there, but a damaged one takes nothing from the entry.
    if bytes.len() <= start + length || crc32fast::hash(covered) != checksum {
        return None;
    }
    let number = std::str::from_utf8(&covered[..NUMBER - 1]).ok()?.parse().ok()?;
    (number <= MAX_NUMBER).then(|| Frame { number, start: at, signature, payload: start..start + length })
}

fn hex(digits: &[u8]) -> Option<u32> {
    u32::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use gateway_proof::keys::RootSecret;
    use proptest::prelude::*;

    fn journal(payloads: &[&str]) -> (Vec<u8>, Vec<usize>) {
        let (mut bytes, mut ends) = (vec![], vec![0]);
        for (number, payload) in payloads.iter().enumerate() {
            encode(&mut bytes, number as u64 + 1, payload.as_bytes(), None);
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

    #[test]
    fn a_signed_frame_is_known_as_its_gateways_own_under_its_own_number_only() {
        // REQ-PROOF-03, H6
        let keys = |seed| StateKeys::of(&RootSecret::new(&[seed; 32]));
        let trust = |seed| Trust::new(keys(seed), false);
        let mut bytes = vec![];
        encode(&mut bytes, 7, br#"{"kind":"record"}"#, keys(1).as_ref());
        assert_eq!(bytes[8], b'+', "gateways before take it for damage");
        let proof = |bytes: &[u8], seed| scan(bytes).frames[0].proof(bytes, &trust(seed));
        assert_eq!((proof(&bytes, 1), proof(&bytes, 2)), (Proof::Signed, Proof::Missing));
        for cut in 0..bytes.len() {
            assert!(scan(&bytes[..cut]).frames.is_empty(), "cut at {cut}");
        }
        // The same text and signature under another number, with a checksum that fits.
        let text = String::from_utf8(bytes).unwrap().replace("00000000000000000007", "00000000000000000008");
        let fitting = crc32fast::hash(&text.as_bytes()[HEADER..text.len() - 1]);
        let text = format!("{}{fitting:08x}{}", &text[..9], &text[17..]);
        assert_eq!(proof(text.as_bytes(), 1), Proof::Missing);
        let mut plain = vec![];
        encode(&mut plain, 7, b"{}", None);
        assert_eq!(proof(&plain, 1), Proof::Missing);
        assert_eq!(scan(&plain).frames[0].proof(&plain, &Trust::default()), Proof::NotAsked);
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_without_panic_and_only_whole_frames_come_out(
            junk in proptest::collection::vec(any::<u8>(), 0..200),
            payload in "[a-z{}\":,]{0,60}",
        ) {
            let mut bytes = junk.clone();
            bytes.push(b'\n');
            encode(&mut bytes, 7, payload.as_bytes(), None);
            let scan = scan(&bytes);
            let last = scan.frames.last().unwrap();
            prop_assert_eq!(last.number, 7);
            prop_assert_eq!(&bytes[last.payload.clone()], payload.as_bytes());
        }
    }
}
