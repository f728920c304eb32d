//! The part of CBOR (RFC 8949) that authenticators use, read with limits: definite lengths, one way to write a number, few
//! levels. Everything else is refused.

use super::PasskeyFault;

/// Levels of arrays and maps. An attestation has three.
const DEEPEST: usize = 6;

/// Entries of one array or map.
const MOST: u64 = 64;

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Value<'a> {
    Number(i64),
    Bytes(&'a [u8]),
    Text(&'a str),
    List(Vec<Value<'a>>),
    Map(Vec<(Value<'a>, Value<'a>)>),
    /// `false`, `true`, `null`: nothing here needs to know which.
    Simple(u8),
}

impl<'a> Value<'a> {
    pub(super) fn bytes(&self) -> Option<&'a [u8]> {
        match self {
            Self::Bytes(bytes) => Some(bytes),
            _ => None,
        }
    }

    pub(super) fn number(&self) -> Option<i64> {
        match self {
            Self::Number(number) => Some(*number),
            _ => None,
        }
    }

    pub(super) fn at(&self, key: i64) -> Option<&Value<'a>> {
        self.entry(&Value::Number(key))
    }

    pub(super) fn named(&self, key: &str) -> Option<&Value<'a>> {
        self.entry(&Value::Text(key))
    }

    fn entry(&self, wanted: &Value<'_>) -> Option<&Value<'a>> {
        match self {
            Self::Map(entries) => entries.iter().find(|(key, _)| key == wanted).map(|(_, value)| value),
            _ => None,
        }
    }
}

/// The first value, and what follows it.
pub(super) fn first(bytes: &[u8]) -> Result<(Value<'_>, &[u8]), PasskeyFault> {
    let mut reader = Reader(bytes);
    let value = reader.value(DEEPEST)?;
    Ok((value, reader.0))
}

/// A value with nothing behind it.
pub(super) fn whole(bytes: &[u8]) -> Result<Value<'_>, PasskeyFault> {
    match first(bytes)? {
        (value, []) => Ok(value),
        _ => Err(PasskeyFault::Malformed("more than one CBOR value")),
    }
}

struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    fn value(&mut self, levels: usize) -> Result<Value<'a>, PasskeyFault> {
        let head = self.take(1)?[0];
        let (major, short) = (head >> 5, head & 31);
        if major == 7 {
            return match short {
                20..=22 => Ok(Value::Simple(short)),
                _ => Err(PasskeyFault::Malformed("a CBOR value of an unknown kind")),
            };
        }
        let number = self.number(short)?;
        match major {
            0 => signed(number).map(Value::Number),
            1 => signed(number).map(|number| Value::Number(-1 - number)),
            2 => self.run(number).map(Value::Bytes),
            3 => self.text(number),
            4 => self.list(number, levels),
            5 => self.map(number, levels),
            _ => Err(PasskeyFault::Malformed("a CBOR value of an unknown kind")),
        }
    }

    fn number(&mut self, short: u8) -> Result<u64, PasskeyFault> {
        let (width, least) = match short {
            0..=23 => return Ok(u64::from(short)),
            24 => (1, 24),
            25 => (2, 1 << 8),
            26 => (4, 1 << 16),
            27 => (8, 1 << 32),
            _ => return Err(PasskeyFault::Malformed("a CBOR value without a length")),
        };
        let number = self.take(width)?.iter().fold(0, |number, byte| number << 8 | u64::from(*byte));
        // One number has one way to be written.
        if number < least {
            Err(PasskeyFault::Malformed("a CBOR number that is too long"))
        } else {
            Ok(number)
        }
    }

    fn text(&mut self, length: u64) -> Result<Value<'a>, PasskeyFault> {
        let text = std::str::from_utf8(self.run(length)?);
        text.map(Value::Text).map_err(|_| PasskeyFault::Malformed("a CBOR text that is not UTF-8"))
    }

    fn list(&mut self, length: u64, levels: usize) -> Result<Value<'a>, PasskeyFault> {
        let levels = inside(length, levels)?;
        (0..length).map(|_| self.value(levels)).collect::<Result<_, _>>().map(Value::List)
    }

    fn map(&mut self, length: u64, levels: usize) -> Result<Value<'a>, PasskeyFault> {
        let levels = inside(length, levels)?;
        let mut entries: Vec<(Value<'a>, Value<'a>)> = vec![];
        for _ in 0..length {
            let key = self.value(levels)?;
            if entries.iter().any(|(known, _)| *known == key) {
                return Err(PasskeyFault::Malformed("a CBOR map with one key twice"));
            }
            entries.push((key, self.value(levels)?));
        }
        Ok(Value::Map(entries))
    }

    fn run(&mut self, length: u64) -> Result<&'a [u8], PasskeyFault> {
        self.take(usize::try_from(length).unwrap_or(usize::MAX))
    }

    fn take(&mut self, length: usize) -> Result<&'a [u8], PasskeyFault> {
        let (taken, rest) =
            self.0.split_at_checked(length).ok_or(PasskeyFault::Malformed("it ends too early"))?;
        self.0 = rest;
        Ok(taken)
    }
}

fn signed(number: u64) -> Result<i64, PasskeyFault> {
    i64::try_from(number).map_err(|_| PasskeyFault::Malformed("a CBOR number that is too large"))
}

/// The levels that are left inside of a list or map of that length.
fn inside(length: u64, levels: usize) -> Result<usize, PasskeyFault> {
    if length > MOST {
        return Err(PasskeyFault::Malformed("a CBOR list that is too long"));
    }
    levels.checked_sub(1).ok_or(PasskeyFault::Malformed("CBOR that is too deep"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_authenticators_write_is_read() {
        // REQ-WHO-03
        let written = [0xa3, 0x01, 0x02, 0x03, 0x26, 0x20, 0x42, 7, 8];
        let key = whole(&written).unwrap();
        assert_eq!(key.at(1).and_then(Value::number), Some(2));
        assert_eq!(key.at(3).and_then(Value::number), Some(-7));
        assert_eq!(key.at(-1).and_then(Value::bytes), Some(&[7, 8][..]));
        assert_eq!(first(&[0x00, 0xff]).unwrap(), (Value::Number(0), &[0xff][..]));
    }

    #[test]
    fn everything_else_is_refused() {
        // REQ-WHO-03
        let deep = [vec![0x81; DEEPEST + 1], vec![0]].concat();
        let refused: [&[u8]; 13] = [
            &[],
            &[0x18, 23],                                 // a number written too long
            &[0x1b, 0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0], // and one too large
            &[0x42, 1],                                  // it ends too early
            &[0x5b, 0x7f, 0xff, 0xff, 0xff, 0, 0, 0, 0], // by very much
            &[0x9b, 0x7f, 0xff, 0xff, 0xff, 0, 0, 0, 0], // a list without end
            &[0x5f, 0x41, 1, 0xff],                      // a length that nobody knows
            &[0xa2, 1, 1, 1, 2],                         // one key twice
            &[0x62, 0xc3, 0x28],                         // no UTF-8
            &[0xc0, 0x60],                               // a tag
            &[0xf9, 0, 0],                               // a broken number
            &[0, 0],                                     // two values
            &deep,
        ];
        for bytes in refused {
            assert!(matches!(whole(bytes), Err(PasskeyFault::Malformed(_))), "{bytes:x?}");
        }
        assert!(whole(&[vec![0x81; DEEPEST], vec![0]].concat()).is_ok());
    }
}
