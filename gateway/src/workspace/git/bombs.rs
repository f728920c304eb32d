//! Packs as an attacker would write them, for tests.

use flate2::{Compression, write::ZlibEncoder};
use git2::{ObjectType, Oid};
use std::io::Write;

/// A blob of `size` zeros, and a difference that puts it `times` behind each other.
pub(in crate::workspace) fn bomb(size: u32, times: usize) -> Vec<u8> {
    let base = vec![0; size as usize];
    let id = Oid::hash_object(ObjectType::Blob, &base).unwrap();
    let mut difference = number(size.into());
    difference.extend(number(u64::from(size) * times as u64));
    let [low, middle, high, _] = size.to_le_bytes();
    for _ in 0..times {
        difference.extend([0xf0, low, middle, high]);
    }
    pack(&[
        object(3, base.len() as u64, b"", &base),
        object(7, difference.len() as u64, id.as_bytes(), &difference),
    ])
}

pub(in crate::workspace) fn object(kind: u8, size: u64, base: &[u8], content: &[u8]) -> Vec<u8> {
    let low = (size & 15) as u8;
    let mut bytes = match size >> 4 {
        0 => vec![kind << 4 | low],
        rest => [vec![0x80 | kind << 4 | low], number(rest)].concat(),
    };
    bytes.extend(base);
    let mut packed = ZlibEncoder::new(bytes, Compression::best());
    packed.write_all(content).unwrap();
    packed.finish().unwrap()
}

/// With a checksum that nobody reads so far.
pub(in crate::workspace) fn pack(objects: &[Vec<u8>]) -> Vec<u8> {
    let number = u32::try_from(objects.len()).unwrap().to_be_bytes();
    [b"PACK\0\0\0\x02".to_vec(), number.to_vec(), objects.concat(), vec![0; 20]].concat()
}

fn number(mut left: u64) -> Vec<u8> {
    let mut bytes = vec![];
    loop {
        let low = (left & 127) as u8;
        left >>= 7;
        if left == 0 {
            bytes.push(low);
            return bytes;
        }
        bytes.push(0x80 | low);
    }
}
