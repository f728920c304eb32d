//! Where a key stands in the file. The YAML reader knows its place while it reads, and puts it into errors; so the way
//! to the key is gone again, and an error is made on arrival.

use super::Step;
use serde::Deserializer;
use serde::de::{DeserializeSeed, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};
use std::cell::Cell;
use std::fmt;

/// The line of a key, or of an entry of a list; the first is 1.
pub(super) fn line_of(text: &str, steps: &[Step]) -> Option<usize> {
    let arrived = Cell::new(false);
    let (first, _) = steps.split_first()?;
    let way = Way { steps, first, arrived: &arrived };
    let error = way.deserialize(serde_yaml::Deserializer::from_str(text)).err()?;
    arrived.get().then(|| error.location().map(|location| location.line())).flatten()
}

/// The value from which the rest of the way is gone.
#[derive(Clone, Copy)]
struct Way<'a> {
    steps: &'a [Step],
    first: &'a Step,
    arrived: &'a Cell<bool>,
}

impl Way<'_> {
    fn next(&self) -> Option<Self> {
        let steps = self.steps.get(1..)?;
        Some(Self { steps, first: steps.first()?, arrived: self.arrived })
    }

    fn arrive<E: Error>(&self) -> E {
        self.arrived.set(true);
        E::custom("here")
    }
}

impl<'de> DeserializeSeed<'de> for Way<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Way<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a map or a list")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(is_it) = map.next_key_seed(Key(self))? {
            match self.next() {
                Some(next) if is_it => map.next_value_seed(next)?,
                _ => drop(map.next_value::<IgnoredAny>()?),
            }
        }
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<(), A::Error> {
        let Step::Index(index) = self.first else { return Ok(()) };
        for _ in 0..*index {
            if list.next_element::<IgnoredAny>()?.is_none() {
                return Ok(());
            }
        }
        match self.next() {
            Some(next) => list.next_element_seed(next)?,
            None => list.next_element_seed(Entry(self))?,
        };
        while list.next_element::<IgnoredAny>()?.is_some() {}
        Ok(())
    }
}

/// A key; whether it is the next one of the way.
struct Key<'a>(Way<'a>);

impl<'de> DeserializeSeed<'de> for Key<'_> {
    type Value = bool;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<bool, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl Visitor<'_> for Key<'_> {
    type Value = bool;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a key")
    }

    fn visit_str<E: Error>(self, key: &str) -> Result<bool, E> {
        let is_it = matches!(self.0.first, Step::Key(wanted) if wanted == key);
        if is_it && self.0.steps.len() == 1 { Err(self.0.arrive()) } else { Ok(is_it) }
    }
}

/// The entry of a list that the way ends at.
struct Entry<'a>(Way<'a>);

impl<'de> DeserializeSeed<'de> for Entry<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        // Read as a map or a list, or as whatever it is: all of them end here.
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Entry<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an entry")
    }

    fn visit_map<A: MapAccess<'de>>(self, _: A) -> Result<(), A::Error> {
        Err(self.0.arrive())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, _: A) -> Result<(), A::Error> {
        Err(self.0.arrive())
    }

    fn visit_str<E: Error>(self, _: &str) -> Result<(), E> {
        Err(self.0.arrive())
    }

    fn visit_i64<E: Error>(self, _: i64) -> Result<(), E> {
        Err(self.0.arrive())
    }

    fn visit_u64<E: Error>(self, _: u64) -> Result<(), E> {
        Err(self.0.arrive())
    }

    fn visit_f64<E: Error>(self, _: f64) -> Result<(), E> {
        Err(self.0.arrive())
    }

    fn visit_bool<E: Error>(self, _: bool) -> Result<(), E> {
        Err(self.0.arrive())
    }

    fn visit_unit<E: Error>(self) -> Result<(), E> {
        Err(self.0.arrive())
    }
}
