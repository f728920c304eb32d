//! Why a pack can't be used: where, and what to do about it.

use std::fmt;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PackFault {
    /// The file's name in its folder, or the folder.
    pub file: String,
    /// 1 is the first. `None`: the file as a whole.
    pub line: Option<u32>,
    /// A sentence.
    pub says: String,
}

impl PackFault {
    pub(crate) fn of(file: impl Into<String>, says: impl Into<String>) -> Self {
        Self { file: file.into(), line: None, says: says.into() }
    }

    pub(crate) fn at(file: impl Into<String>, line: Option<u32>, says: impl Into<String>) -> Self {
        Self { line, ..Self::of(file, says) }
    }
}

impl fmt::Display for PackFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            Some(line) => write!(f, "{}:{line}: {}", self.file, self.says),
            None => write!(f, "{}: {}", self.file, self.says),
        }
    }
}

impl std::error::Error for PackFault {}
