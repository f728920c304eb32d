//! Reads YAML that a person may have written, with a limit on what it may unfold to.
//!
//! YAML's aliases let a file of a few hundred bytes stand for gigabytes. Every node and every byte is
//! counted while it is unfolded, so such a file costs no more than any other before it is refused.

use serde::de::{DeserializeSeed, Deserializer, EnumAccess, Error, MapAccess, SeqAccess, Visitor};
use serde_yaml::{Mapping, Value};
use std::cell::Cell;
use std::fmt;

/// Values in one record: hundreds of asks and thread items of ten fields each.
const MAX_NODES: usize = 50_000;
/// Bytes of text in one record, four times the largest file.
const MAX_TEXT: usize = 4 * super::yaml::MAX_FILE;
/// Levels of nesting; the record has about five.
const MAX_DEPTH: usize = 32;

/// Parses one YAML document.
pub(super) fn parse(text: &str) -> Result<Value, serde_yaml::Error> {
    let budget = Budget { nodes: Cell::new(MAX_NODES), text: Cell::new(MAX_TEXT) };
    Seed { budget: &budget, depth: MAX_DEPTH }.deserialize(serde_yaml::Deserializer::from_str(text))
}

struct Budget {
    nodes: Cell<usize>,
    text: Cell<usize>,
}

impl Budget {
    fn node<E: Error>(&self) -> Result<(), E> {
        spend(&self.nodes, 1).ok_or_else(|| too_much("values", MAX_NODES))
    }

    fn text<E: Error>(&self, bytes: usize) -> Result<(), E> {
        spend(&self.text, bytes).ok_or_else(|| too_much("bytes of text", MAX_TEXT))
    }
}

fn spend(left: &Cell<usize>, amount: usize) -> Option<()> {
    left.set(left.get().checked_sub(amount)?);
    Some(())
}

fn too_much<E: Error>(what: &str, limit: usize) -> E {
    E::custom(format_args!("it expands to more than {limit} {what} (repeated aliases?); remove them"))
}

#[derive(Clone, Copy)]
struct Seed<'a> {
    budget: &'a Budget,
    depth: usize,
}

impl Seed<'_> {
    fn deeper<E: Error>(self) -> Result<Self, E> {
        let depth = self.depth.checked_sub(1);
        let depth = depth.ok_or_else(|| too_much("levels", MAX_DEPTH))?;
        Ok(Self { depth, ..self })
    }
}

impl<'de> DeserializeSeed<'de> for Seed<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        self.budget.node()?;
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Seed<'_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a YAML value")
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_str<E: Error>(self, value: &str) -> Result<Value, E> {
        self.budget.text(value.len())?;
        Ok(value.into())
    }

    fn visit_unit<E: Error>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_none<E: Error>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        self.deserialize(deserializer)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut access: A) -> Result<Value, A::Error> {
        let inner = self.deeper()?;
        let mut values = vec![];
        while let Some(value) = access.next_element_seed(inner)? {
            values.push(value);
        }
        Ok(Value::Sequence(values))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Value, A::Error> {
        let inner = self.deeper()?;
        let mut fields = Mapping::new();
        while let Some(key) = access.next_key_seed(inner)? {
            if fields.contains_key(&key) {
                return Err(A::Error::custom(format_args!("the field {key:?} appears twice; remove one")));
            }
            let value = access.next_value_seed(inner)?;
            fields.insert(key, value);
        }
        Ok(Value::Mapping(fields))
    }

    fn visit_enum<A: EnumAccess<'de>>(self, _access: A) -> Result<Value, A::Error> {
        Err(A::Error::custom("YAML tags (`!name`) aren't allowed in a record; remove them"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fmt::Write as _;

    #[test]
    fn reads_what_the_library_itself_reads() {
        let text = "a: 1\nb: [x, 2.5, true, ~]\nc: {d: -3, e: '4'}\nf: &x {g: 1}\nh: *x\n";
        assert_eq!(parse(text).unwrap(), serde_yaml::from_str::<Value>(text).unwrap());
    }

    #[test]
    fn an_alias_bomb_is_refused_in_little_time() {
        // REQ-STATE-04
        let mut bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n".to_owned();
        for level in 1..9 {
            let before = format!("*a{}", level - 1);
            let nine = vec![before; 9].join(", ");
            writeln!(bomb, "a{level}: &a{level} [{nine}]").unwrap();
        }
        let begun = std::time::Instant::now();
        let refused = parse(&bomb).unwrap_err().to_string();
        assert!(refused.contains("expands to more than 50000 values"), "{refused}");
        assert!(begun.elapsed().as_secs() < 2);
    }

    #[test]
    fn long_texts_that_repeat_and_endless_nesting_are_refused_too() {
        let long = format!("a: &a {}\nb: [{}]\n", "x".repeat(200_000), vec!["*a"; 90].join(", "));
        assert!(parse(&long).unwrap_err().to_string().contains("bytes of text"));
        let deep = format!("{}1{}", "[".repeat(100), "]".repeat(100));
        assert!(parse(&deep).unwrap_err().to_string().contains("more than 32 levels"));
    }

    #[test]
    fn tags_and_repeated_fields_are_refused() {
        assert!(parse("a: 1\nb: !secret x\n").unwrap_err().to_string().contains("YAML tags"));
        let twice = parse("a: 1\nb: 2\na: 3\n").unwrap_err();
        assert!(twice.to_string().contains("appears twice"), "{twice}");
    }
}
