//! A run's name: `HB-20261128-k3f9`. People read it aloud and type it, so no letter looks like another.

use crate::preset::is_id_prefix;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use std::fmt;

/// Without i, l, o, s, z and 0, 1, 2, 5.
const LETTERS: &[u8; 27] = b"abcdefghjkmnpqrtuvwxy346789";
/// Letters at the end.
const SHORT: u32 = 4;
/// So many runs a day have a name of their own.
const NAMES: u64 = 27u64.pow(SHORT);

#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct RunId(String);

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("Not a run's id. One looks like HB-20261128-k3f9.")]
pub struct NotARunId;

impl RunId {
    /// The first free name from where the dice fell. The day is the requester's. None: the day's names are used up.
    pub fn next_free(prefix: &str, day: Date, dice: u64, is_taken: impl Fn(&Self) -> bool) -> Option<Self> {
        let day = format!("{:04}{:02}{:02}", day.year(), day.month(), day.day());
        (0..NAMES)
            .map(|step| (dice % NAMES + step) % NAMES)
            .map(|number| Self(format!("{prefix}-{day}-{}", short(number))))
            .find(|id| !is_taken(id))
    }

    pub fn parse(text: &str) -> Result<Self, NotARunId> {
        let mut parts = text.split('-');
        let (prefix, day, short) = (parts.next(), parts.next(), parts.next());
        let (Some(prefix), Some(day), Some(short), None) = (prefix, day, short, parts.next()) else {
            return Err(NotARunId);
        };
        let is_short = short.len() == SHORT as usize && short.bytes().all(|byte| LETTERS.contains(&byte));
        match is_id_prefix(prefix) && is_day(day) && is_short {
            true => Ok(Self(text.to_owned())),
            false => Err(NotARunId),
        }
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

fn short(mut number: u64) -> String {
    let mut letters = vec![];
    for _ in 0..SHORT {
        letters.push(LETTERS[(number % 27) as usize]);
        number /= 27;
    }
    letters.reverse();
    String::from_utf8_lossy(&letters).into_owned()
}

fn is_day(day: &str) -> bool {
    if day.len() != 8 || !day.bytes().all(|byte| byte.is_ascii_digit()) {
        return false;
    }
    let number = |part: &str| part.parse::<i16>().unwrap_or_default();
    Date::new(number(&day[..4]), number(&day[4..6]) as i8, number(&day[6..]) as i8).is_ok()
}

impl TryFrom<String> for RunId {
    type Error = NotARunId;

    fn try_from(text: String) -> Result<Self, NotARunId> {
        Self::parse(&text)
    }
}

impl From<RunId> for String {
    fn from(id: RunId) -> Self {
        id.0
    }
}

impl fmt::Display for RunId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
