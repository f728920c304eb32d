//! Packs of somebody else's, taken over. They are read as if they came over a network: measured first, and the list of
//! what is in them is made anew.

use crate::held_folder::{Entry, HeldFolder};
use crate::pack_measure::Measured;
use git2::{Indexer, Repository};
use rustix::fs::FileType;
use std::ffi::OsString;
use std::io::{self, ErrorKind, Read};
use std::path::Path;
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

const MAX_PACK: u64 = 8 * 1024 * 1024 * 1024;
const MAX_PACKS: usize = 10_000;

/// One at a time, whoever's it is: a pack may need a good part of the memory that there is.
static ONE: Mutex<()> = Mutex::new(());

/// The packs in these objects, the smallest last: what is new is seldom in the largest.
pub(crate) fn of(objects: &HeldFolder) -> io::Result<Vec<OsString>> {
    let packs = match objects.folder("pack") {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(vec![]),
        packs => packs?,
    };
    let is_pack = |entry: &Entry| {
        entry.kind == FileType::RegularFile && entry.name.to_str().is_some_and(|name| name.ends_with(".pack"))
    };
    let mut found: Vec<Entry> = packs.entries(MAX_PACKS)?.into_iter().filter(is_pack).collect();
    found.sort_by_key(|entry| std::cmp::Reverse(entry.stat.st_size));
    Ok(found.into_iter().map(|entry| entry.name).collect())
}

pub(crate) fn take(pack: impl Read, into: &Path, repository: &Repository, until: Instant) -> io::Result<()> {
    let _one = ONE.lock().unwrap_or_else(PoisonError::into_inner);
    let place = into.join("objects/pack");
    std::fs::create_dir_all(&place)?;
    let odb = repository.odb().map_err(io::Error::other)?;
    let mut indexer = Indexer::new(Some(&odb), &place, 0o444, false).map_err(io::Error::other)?;
    io::copy(&mut Measured::new(pack.take(MAX_PACK), until), &mut indexer)?;
    indexer.commit().map_err(io::Error::other)?;
    odb.refresh().map_err(io::Error::other)
}

#[cfg(test)]
pub(crate) mod bombs {
    //! Packs as an attacker would write them.

    use flate2::{Compression, write::ZlibEncoder};
    use git2::{ObjectType, Oid};
    use std::io::Write;

    /// A blob of `size` zeros, and a difference that puts it `times` behind each other.
    pub(crate) fn bomb(size: u32, times: usize) -> Vec<u8> {
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

    pub(crate) fn object(kind: u8, size: u64, base: &[u8], content: &[u8]) -> Vec<u8> {
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
    pub(crate) fn pack(objects: &[Vec<u8>]) -> Vec<u8> {
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
}
