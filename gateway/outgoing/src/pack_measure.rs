//! A pack that somebody else made, measured while it is read and before anything is made of it. A few bytes of it can
//! stand for gigabytes: an object says how large it is, and a difference how large that is from which it makes another.
//! What says too much is refused, and so is what turns out larger than it says. Little of it is held in memory.

use flate2::{Decompress, FlushDecompress, Status};
use std::io::{self, ErrorKind, Read};
use std::time::Instant;

/// Largest object that stands in a pack as a whole.
const MAX_WHOLE: u64 = 256 * 1024 * 1024;

/// Largest object on either side of a difference: both sides and the difference are in memory at once.
const MAX_SIDE: u64 = 128 * 1024 * 1024;
const MAX_DIFFERENCE: u64 = 32 * 1024 * 1024;

/// All objects of a pack together, unpacked: each is unpacked at least once.
const MAX_TOTAL: u64 = 64 * 1024 * 1024 * 1024;
const MAX_OBJECTS: u32 = 10_000_000;

const HEAD: usize = 12;
const ID: usize = 20;

/// Two numbers of at most ten bytes each.
const SIDES: usize = 20;

/// Hands on what was measured, and nothing behind the first that is too much, nor when the time is over.
pub(crate) struct Measured<R> {
    inner: R,
    measure: Measure,
    until: Instant,
}

impl<R: Read> Measured<R> {
    pub(crate) fn new(inner: R, until: Instant) -> Self {
        Self { inner, measure: Measure::new(), until }
    }
}

impl<R: Read> Read for Measured<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if Instant::now() > self.until {
            return Err(io::Error::new(ErrorKind::TimedOut, "Reading the work took too long."));
        }
        let read = self.inner.read(buffer)?;
        self.measure.take(&buffer[..read])?;
        Ok(read)
    }
}

struct Measure {
    at: At,
    left: u32,
    total: u64,
}

/// What the next byte belongs to.
enum At {
    Head(Vec<u8>),
    /// The kind and size of an object, seven bits at a time behind the first four.
    Object {
        kind: u8,
        size: u64,
        shift: u32,
    },
    /// How far back the object lies that a difference begins with.
    Back(u64),
    /// Its id instead, and how many bytes of it are left.
    Id {
        size: u64,
        left: usize,
    },
    Content(Content),
    /// The checksum: whoever reads the pack compares it.
    End,
}

struct Content {
    inflate: Decompress,
    size: u64,
    /// The first bytes of a difference: the sizes of its two sides.
    sides: Option<Vec<u8>>,
}

const NEW: At = At::Object { kind: 0, size: 0, shift: 0 };
const WHOLE: std::ops::RangeInclusive<u8> = 1..=4;
const BY_OFFSET: u8 = 6;
const BY_ID: u8 = 7;

impl Measure {
    fn new() -> Self {
        Self { at: At::Head(vec![]), left: 0, total: 0 }
    }

    fn take(&mut self, mut bytes: &[u8]) -> io::Result<()> {
        while let Some((first, rest)) = bytes.split_first() {
            if matches!(self.at, At::Content(_)) {
                bytes = self.content(bytes)?;
            } else {
                self.byte(*first)?;
                bytes = rest;
            }
        }
        Ok(())
    }

    fn byte(&mut self, byte: u8) -> io::Result<()> {
        let more = byte & 0x80 != 0;
        match &mut self.at {
            At::Head(head) => {
                head.push(byte);
                if head.len() == HEAD {
                    self.left = objects(head)?;
                    self.at = self.next();
                }
            }
            At::Object { kind, size, shift } => {
                let (bits, width) = if *shift == 0 { (byte & 15, 4) } else { (byte & 127, 7) };
                if *shift == 0 {
                    *kind = byte >> 4 & 7;
                }
                *size |= shifted(bits, *shift).ok_or_else(|| damaged("a size in it has too many digits"))?;
                *shift += width;
                if !more {
                    let (kind, size) = (*kind, *size);
                    self.at = self.said(kind, size)?;
                }
            }
            At::Back(size) if !more => self.at = At::Content(Content::new(*size, true)),
            At::Id { size, left: 1 } => self.at = At::Content(Content::new(*size, true)),
            At::Id { left, .. } => *left -= 1,
            At::Back(_) | At::Content(_) | At::End => {}
        }
        Ok(())
    }

    /// An object that says its kind and size.
    fn said(&mut self, kind: u8, size: u64) -> io::Result<At> {
        let most = if WHOLE.contains(&kind) { MAX_WHOLE } else { MAX_DIFFERENCE };
        self.count(size, most)?;
        match kind {
            kind if WHOLE.contains(&kind) => Ok(At::Content(Content::new(size, false))),
            BY_OFFSET => Ok(At::Back(size)),
            BY_ID => Ok(At::Id { size, left: ID }),
            _ => Err(damaged("an object in it has an unknown kind")),
        }
    }

    fn count(&mut self, size: u64, most: u64) -> io::Result<()> {
        self.total = self.total.saturating_add(size);
        match () {
            () if size > most => {
                Err(too_much(&format!("an object in it has {size} bytes, and the limit is {most}")))
            }
            () if self.total > MAX_TOTAL => Err(too_much("its objects are too large to inspect")),
            () => Ok(()),
        }
    }

    /// Unpacks a piece, and throws it away. Returns what follows it.
    fn content<'b>(&mut self, bytes: &'b [u8]) -> io::Result<&'b [u8]> {
        let At::Content(content) = &mut self.at else { return Ok(bytes) };
        let mut thrown_away = [0; 16 * 1024];
        let (read, made) = (content.inflate.total_in(), content.inflate.total_out());
        let status = content
            .inflate
            .decompress(bytes, &mut thrown_away, FlushDecompress::None)
            .map_err(|_| damaged("an object in it is damaged"))?;
        let read = usize::try_from(content.inflate.total_in() - read).unwrap_or(bytes.len());
        let made = usize::try_from(content.inflate.total_out() - made).unwrap_or(thrown_away.len());
        let stuck = read == 0 && made == 0 && status != Status::StreamEnd;
        if content.inflate.total_out() > content.size || stuck {
            return Err(damaged("an object in it doesn't have the size that it declares"));
        }
        let sides = content.sides_from(&thrown_away[..made], status == Status::StreamEnd)?;
        for side in sides.into_iter().flatten() {
            self.count(side, MAX_SIDE)?;
        }
        if status == Status::StreamEnd {
            self.left -= 1;
            self.at = self.next();
        }
        Ok(&bytes[read..])
    }

    fn next(&self) -> At {
        if self.left == 0 { At::End } else { NEW }
    }
}

impl Content {
    fn new(size: u64, is_difference: bool) -> Self {
        Self { inflate: Decompress::new(true), size, sides: is_difference.then(Vec::new) }
    }

    /// The sizes of a difference's two sides, once they are known.
    fn sides_from(&mut self, made: &[u8], ended: bool) -> io::Result<Option<[u64; 2]>> {
        let Some(first) = &mut self.sides else { return Ok(None) };
        first.extend(made.iter().take(SIDES - first.len()));
        let mut rest = &first[..];
        let both = number(&mut rest).and_then(|before| Some([before, number(&mut rest)?]));
        match both {
            Some(both) => {
                self.sides = None;
                Ok(Some(both))
            }
            None if ended || first.len() == SIDES => Err(damaged("a delta in it is damaged")),
            None => Ok(None),
        }
    }
}

fn objects(head: &[u8]) -> io::Result<u32> {
    let number = head.last_chunk().copied().map_or(0, u32::from_be_bytes);
    match head.starts_with(b"PACK") && number <= MAX_OBJECTS {
        true => Ok(number),
        false => Err(damaged("it is not a pack, or has too many objects")),
    }
}

fn damaged(why: &str) -> io::Error {
    io::Error::new(ErrorKind::InvalidData, why)
}

fn too_much(why: &str) -> io::Error {
    io::Error::new(ErrorKind::FileTooLarge, why)
}

/// No size needs the bits above.
fn shifted(bits: u8, by: u32) -> Option<u64> {
    (by <= 56).then(|| u64::from(bits) << by)
}

/// Seven bits at a time, the lowest first.
fn number(bytes: &mut &[u8]) -> Option<u64> {
    let (mut number, mut shift) = (0_u64, 0);
    loop {
        let (byte, rest) = bytes.split_first()?;
        *bytes = rest;
        number |= shifted(byte & 127, shift)?;
        shift += 7;
        if byte & 128 == 0 {
            return Some(number);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::packs::bombs::{bomb, object, pack};

    fn measured(pack: &[u8]) -> io::Result<()> {
        // In pieces, as they come from a disk.
        let mut measure = Measure::new();
        pack.chunks(7).try_for_each(|piece| measure.take(piece))
    }

    #[test]
    fn a_difference_that_makes_gigabytes_is_refused() {
        // REQ-DELIVER-03
        let bomb = bomb(16 * 1024 * 1024 - 1, 128);
        assert!(bomb.len() < 20_000, "{}", bomb.len());
        assert!(measured(&bomb).unwrap_err().to_string().contains("2147483520 bytes"));
        assert!(measured(&bomb_that_is_none()).is_ok());
    }

    fn bomb_that_is_none() -> Vec<u8> {
        bomb(1_000, 3)
    }

    #[test]
    fn an_object_that_is_larger_than_it_says_is_refused() {
        // REQ-DELIVER-03: git's own reader would stop there too, but not before it had made room.
        let lies = pack(&[object(3, 5, b"", &[0; 100_000])]);
        assert!(measured(&lies).unwrap_err().to_string().contains("doesn't have the size that it declares"));
        let boasts = pack(&[object(3, 1 << 40, b"", &[0; 10])]);
        assert!(measured(&boasts).unwrap_err().to_string().contains("1099511627776 bytes"));
    }

    #[test]
    fn endless_numbers_end() {
        let mut pack = b"PACK\0\0\0\x02\0\0\0\x01".to_vec();
        pack.extend([0xff; 40]);
        assert!(measured(&pack).is_err());
        assert!(measured(b"PACK\0\0\0\x02\xff\xff\xff\xff").is_err());
    }
}
