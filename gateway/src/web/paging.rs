//! Lists in pages: each tells where the next one begins.
//!
//! A cursor is the place of the last entry in the order of the list, not a number of entries, so what comes and goes
//! in between neither repeats nor skips anything.

use crate::problem::Problem;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// Entries in one page.
const MAX: u32 = 500;
const USUAL: u32 = 100;

#[derive(Debug, Default, JsonSchema, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct PageQuery {
    /// Most entries in the answer; 100 when it is not said.
    #[schemars(range(min = 1, max = 500))]
    limit: Option<u32>,
    /// `next` of the page before.
    #[schemars(regex(pattern = r"^-?[0-9]{1,18}\.[A-Za-z0-9_-]{1,128}$"))]
    after: Option<String>,
}

#[derive(Debug, JsonSchema, Serialize)]
#[schemars(rename = "PageOf{T}")]
pub(super) struct Page<T> {
    items: Vec<T>,
    /// What to give as `after` for the next page; missing on the last.
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<String>,
}

/// The place of an entry: a time, and a name for those of the same time.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Cursor(pub(super) i64, pub(super) String);

impl fmt::Display for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.0, self.1)
    }
}

impl FromStr for Cursor {
    type Err = Problem;

    fn from_str(text: &str) -> Result<Self, Problem> {
        let parts = text.split_once('.').and_then(|(time, name)| Some((time.parse().ok()?, name)));
        let (time, name) = parts.ok_or_else(|| {
            Problem::bad_request("`after` doesn't exist in this list; use the `next` of the previous page.")
        })?;
        Ok(Self(time, name.to_owned()))
    }
}

impl<T> Page<T> {
    /// The page of a list that has the newest first.
    pub(super) fn newest_first(
        all: Vec<T>,
        wanted: &PageQuery,
        place: impl Fn(&T) -> Cursor,
    ) -> Result<Self, Problem> {
        Self::cut(all, wanted, |entry| std::cmp::Reverse(place(entry)), std::cmp::Reverse, |place| place.0)
    }

    /// The page of a list that has the oldest first.
    pub(super) fn oldest_first(
        all: Vec<T>,
        wanted: &PageQuery,
        place: impl Fn(&T) -> Cursor,
    ) -> Result<Self, Problem> {
        Self::cut(all, wanted, place, |after| after, |place| place)
    }

    fn cut<K: Ord>(
        all: Vec<T>,
        wanted: &PageQuery,
        place: impl Fn(&T) -> K,
        from: impl Fn(Cursor) -> K,
        into: impl Fn(K) -> Cursor,
    ) -> Result<Self, Problem> {
        let limit = bounded(wanted.limit, USUAL, MAX)? as usize;
        let after = wanted.after.as_deref().map(Cursor::from_str).transpose()?.map(from);
        let mut left: Vec<_> = all.into_iter().map(|entry| (place(&entry), entry)).collect();
        left.retain(|(place, _)| after.as_ref().is_none_or(|after| place > after));
        left.sort_by(|(a, _), (b, _)| a.cmp(b));
        let more = left.len() > limit;
        left.truncate(limit);
        let last = if more { left.last().map(|(_, entry)| place(entry)) } else { None };
        let next = last.map(|place| into(place).to_string());
        Ok(Self { items: left.into_iter().map(|(_, entry)| entry).collect(), next })
    }
}

/// A number of entries within its bounds.
pub(super) fn bounded(limit: Option<u32>, usual: u32, max: u32) -> Result<u32, Problem> {
    let limit = limit.unwrap_or(usual);
    if (1..=max).contains(&limit) {
        return Ok(limit);
    }
    Err(Problem::bad_request(format!("`limit` is {limit}; it must be from 1 to {max}.")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn place(entry: &(i64, u8)) -> Cursor {
        Cursor(entry.0, format!("ses_{}", entry.1))
    }

    fn wanted(limit: u32, after: Option<String>) -> PageQuery {
        PageQuery { limit: Some(limit), after }
    }

    proptest! {
        #[test]
        fn all_pages_together_are_the_list(entries in proptest::collection::btree_set((-3_i64..3, 0_u8..9), 0..40), limit in 1_u32..7) {
            // REQ-CONSOLE-02
            let all: Vec<_> = entries.into_iter().collect();
            let (mut seen, mut after) = (vec![], None);
            loop {
                let page = Page::newest_first(all.clone(), &wanted(limit, after), place).unwrap();
                prop_assert!(page.items.len() <= limit as usize);
                seen.extend(page.items);
                after = page.next;
                if after.is_none() { break }
            }
            let mut right = all;
            right.sort_by_key(|entry| std::cmp::Reverse(place(entry)));
            prop_assert_eq!(seen, right);
        }
    }

    #[test]
    fn what_comes_in_between_moves_no_page() {
        // REQ-CONSOLE-02
        let first = Page::oldest_first(vec![(1, 1), (2, 1), (3, 1)], &wanted(2, None), place).unwrap();
        assert_eq!(first.items, [(1, 1), (2, 1)]);
        let grown = vec![(0, 7), (2, 1), (3, 1), (4, 1)];
        let second = Page::oldest_first(grown, &wanted(2, first.next), place).unwrap();
        assert_eq!((second.items, second.next), (vec![(3, 1), (4, 1)], None));
    }

    #[test]
    fn what_is_out_of_bounds_is_refused() {
        // REQ-CONSOLE-02
        for (limit, after) in [(0, None), (501, None), (1, Some("no place")), (1, Some("x.ses_1"))] {
            let wanted = wanted(limit, after.map(str::to_owned));
            assert!(Page::oldest_first(vec![(1, 1)], &wanted, place).is_err(), "{wanted:?}");
        }
    }
}
