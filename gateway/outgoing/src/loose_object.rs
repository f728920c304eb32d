//! An object as it lies in a file of its own, unpacked and held against its name before it is anything. A few bytes can
//! stand for gigabytes, so no more is unpacked than it may have.

use flate2::read::ZlibDecoder;
use git2::{ObjectType, Oid};
use std::io::{self, BufRead, BufReader, ErrorKind, Read};

/// Largest object: it is read into memory.
pub(crate) const MAX_OBJECT: usize = 256 * 1024 * 1024;

/// Largest commit or folder: each line of it becomes something larger.
pub(crate) const MAX_LISTED: usize = 32 * 1024 * 1024;

/// `commit 256` and its like.
const MAX_HEAD: usize = 32;

pub(crate) fn unpacked(packed: impl Read, id: Oid) -> io::Result<(ObjectType, Vec<u8>)> {
    let mut bytes = BufReader::new(ZlibDecoder::new(packed));
    let (kind, size) = head(&mut bytes)?;
    let mut content = Vec::with_capacity(size.min(1024 * 1024));
    bytes.take(size as u64 + 1).read_to_end(&mut content)?;
    let made = Oid::hash_object(kind, &content).map_err(io::Error::other)?;
    match content.len() == size && made == id {
        true => Ok((kind, content)),
        false => {
            Err(io::Error::new(ErrorKind::InvalidData, format!("object {id} is another than its name says")))
        }
    }
}

fn head(bytes: &mut impl BufRead) -> io::Result<(ObjectType, usize)> {
    let mut text = vec![];
    for byte in bytes.bytes() {
        match byte? {
            0 => break,
            byte if text.len() < MAX_HEAD => text.push(byte),
            _ => return Err(odd()),
        }
    }
    let text = String::from_utf8(text).map_err(|_| odd())?;
    let (kind, size) = text.split_once(' ').ok_or_else(odd)?;
    let size = size.parse().map_err(|_| odd())?;
    let (kind, most) = match kind {
        "blob" => (ObjectType::Blob, MAX_OBJECT),
        "tree" => (ObjectType::Tree, MAX_LISTED),
        "commit" => (ObjectType::Commit, MAX_LISTED),
        _ => return Err(odd()),
    };
    match size > most {
        true => Err(io::Error::new(ErrorKind::FileTooLarge, format!("an object has {size} bytes"))),
        false => Ok((kind, size)),
    }
}

fn odd() -> io::Error {
    io::Error::new(ErrorKind::InvalidData, "an object is neither a file nor a folder nor a commit")
}

#[cfg(test)]
mod tests {
    use super::*;
    use flate2::{Compression, write::ZlibEncoder};
    use std::io::Write;

    fn packed(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = ZlibEncoder::new(vec![], Compression::best());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    fn blob_id(text: &[u8]) -> Oid {
        Oid::hash_object(ObjectType::Blob, text).unwrap()
    }

    #[test]
    fn an_object_is_what_its_name_says_or_nothing() {
        // REQ-DELIVER-03
        let id = blob_id(b"hello");
        let (kind, content) = unpacked(&packed(b"blob 5\0hello")[..], id).unwrap();
        assert_eq!((kind, &content[..]), (ObjectType::Blob, &b"hello"[..]));
        for lie in [
            &b"blob 5\0hellO"[..],
            b"blob 6\0hello",
            b"blob 4\0hello",
            b"tree 5\0hello",
            b"blob\0hello",
            b"",
            b"tag 1\0x",
        ] {
            assert!(unpacked(&packed(lie)[..], id).is_err(), "{lie:?}");
        }
        assert!(unpacked(&b"not packed at all"[..], id).is_err());
    }

    #[test]
    fn a_bomb_is_not_unpacked() {
        // REQ-DELIVER-03: some kilobytes that say that they are five, and go on for a gigabyte
        struct Zeros(u64);
        impl Read for Zeros {
            fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
                let most = usize::try_from(self.0.min(buffer.len() as u64)).unwrap();
                buffer[..most].fill(0);
                self.0 -= most as u64;
                Ok(most)
            }
        }
        let bomb =
            flate2::read::ZlibEncoder::new((&b"blob 5\0"[..]).chain(Zeros(1 << 30)), Compression::fast());
        let mut read = bomb.take(1 << 20);
        assert!(unpacked(&mut read, blob_id(b"hello")).is_err());
        assert!(read.limit() > (1 << 20) - 100_000, "it read on: {} left", read.limit());
        let boast = packed(format!("blob {}\0", 1_u64 << 40).as_bytes());
        assert_eq!(unpacked(&boast[..], blob_id(b"")).unwrap_err().kind(), ErrorKind::FileTooLarge);
    }
}
