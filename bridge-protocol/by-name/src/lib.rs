//! Tagged enums that are read by the names of their variants only.
//!
//! By itself serde takes a variant's place in the list for its name where it had to keep aside what it read: where the enum
//! is flattened into a struct, or stands within another tagged enum. There `{"answer": 0}` would be the first of all answers.
//! And it takes a list for a map, `["once"]`. Whatever comes from outside is derived with `#[serde(remote = "Self")]` and
//! named in [`by_name!`], so that it is strict wherever it stands.

use serde::de::{DeserializeSeed, Deserializer, MapAccess, Visitor};
use serde::forward_to_deserialize_any;
use std::fmt;

/// Implements serde's traits for an enum with `#[serde(tag = "…")]` and `#[serde(remote = "Self")]`.
#[macro_export]
macro_rules! by_name {
    ($($kind:ty),+ $(,)?) => {$(
        impl ::serde::Serialize for $kind {
            fn serialize<S: ::serde::Serializer>(&self, to: S) -> ::std::result::Result<S::Ok, S::Error> {
                <$kind>::serialize(self, to)
            }
        }

        impl<'de> ::serde::Deserialize<'de> for $kind {
            fn deserialize<D: ::serde::Deserializer<'de>>(from: D) -> ::std::result::Result<Self, D::Error> {
                <$kind>::deserialize($crate::ByName(from))
            }
        }
    )+};
}

/// Reads a map whose tag is a word.
pub struct ByName<D>(pub D);

impl<'de, D: Deserializer<'de>> Deserializer<'de> for ByName<D> {
    type Error = D::Error;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, D::Error> {
        self.0.deserialize_any(OnlyMap(visitor))
    }

    fn is_human_readable(&self) -> bool {
        self.0.is_human_readable()
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option unit unit_struct
        newtype_struct seq tuple tuple_struct map struct enum identifier ignored_any
    }
}

struct OnlyMap<V>(V);

impl<'de, V: Visitor<'de>> Visitor<'de> for OnlyMap<V> {
    type Value = V::Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.expecting(f)
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<V::Value, A::Error> {
        self.0.visit_map(Entries(map))
    }
}

struct Entries<A>(A);

impl<'de, A: MapAccess<'de>> MapAccess<'de> for Entries<A> {
    type Error = A::Error;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, A::Error> {
        self.0.next_key_seed(seed)
    }

    fn next_value_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<S::Value, A::Error> {
        self.0.next_value_seed(Entry(seed))
    }

    fn size_hint(&self) -> Option<usize> {
        self.0.size_hint()
    }
}

struct Entry<S>(S);

impl<'de, S: DeserializeSeed<'de>> DeserializeSeed<'de> for Entry<S> {
    type Value = S::Value;

    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<S::Value, D::Error> {
        self.0.deserialize(Words(from))
    }
}

/// What is derived reads the tag as an identifier, and anything else as whatever it is.
struct Words<D>(D);

impl<'de, D: Deserializer<'de>> Deserializer<'de> for Words<D> {
    type Error = D::Error;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, D::Error> {
        self.0.deserialize_any(visitor)
    }

    fn deserialize_identifier<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, D::Error> {
        self.0.deserialize_str(visitor)
    }

    fn is_human_readable(&self) -> bool {
        self.0.is_human_readable()
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option unit unit_struct
        newtype_struct seq tuple tuple_struct map struct enum ignored_any
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may panic")]

    use serde::{Deserialize, Serialize};
    use serde_json::{Value, from_str, from_value, json, to_value};

    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    #[serde(tag = "what", rename_all = "snake_case")]
    #[serde(remote = "Self")]
    enum Strict {
        Once,
        Deny { reason: Option<String>, times: u64 },
        Beside(Beside),
    }

    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    struct Beside {
        inner: Box<Strict>,
    }

    crate::by_name!(Strict);

    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    #[serde(tag = "what", rename_all = "snake_case")]
    enum Loose {
        Once,
    }

    #[derive(Debug, Deserialize)]
    struct Flattened {
        #[serde(flatten)]
        own: Loose,
    }

    /// The ways in which such a type stands in others.
    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    struct Holder {
        id: u32,
        #[serde(flatten)]
        own: Strict,
        #[serde(default)]
        more: Vec<Strict>,
    }

    #[test]
    fn serde_by_itself_takes_a_place_in_the_list_for_a_name() {
        assert_eq!(from_value::<Flattened>(json!({ "what": 0 })).unwrap().own, Loose::Once);
        assert_eq!(from_str::<Flattened>(r#"{"what":0}"#).unwrap().own, Loose::Once);
        assert_eq!(from_value::<Loose>(json!(["once"])).unwrap(), Loose::Once);
    }

    #[test]
    fn a_tag_is_a_word_wherever_it_stands() {
        // REQ-BRIDGE-09
        let odd = [
            json!({ "what": 0 }),
            json!({ "what": null }),
            json!({ "what": ["once"] }),
            json!(["once"]),
            json!([0]),
        ];
        for odd in odd {
            assert!(from_value::<Strict>(odd.clone()).is_err(), "{odd}");
            assert!(from_str::<Strict>(&odd.to_string()).is_err(), "{odd}");
            let inner = json!({ "what": "beside", "inner": odd });
            assert!(from_value::<Strict>(inner.clone()).is_err(), "{inner}");
            let held = json!({ "id": 1, "what": "once", "more": [odd] });
            assert!(from_value::<Holder>(held.clone()).is_err(), "{held}");
        }
        for flat in [json!({ "id": 1, "what": 0 }), json!({ "id": 1 })] {
            assert!(from_value::<Holder>(flat.clone()).is_err(), "{flat}");
            assert!(from_str::<Holder>(&flat.to_string()).is_err(), "{flat}");
        }
    }

    #[test]
    fn what_is_written_is_read_again() {
        let deny = || Strict::Deny { reason: None, times: 3 };
        let own = Strict::Beside(Beside { inner: Box::new(deny()) });
        let held = Holder { id: 1, own, more: vec![Strict::Once, deny()] };
        let written: Value = to_value(&held).unwrap();
        assert_eq!(written["inner"], json!({ "what": "deny", "reason": null, "times": 3 }));
        assert_eq!(from_value::<Holder>(written.clone()).unwrap(), held);
        assert_eq!(from_str::<Holder>(&written.to_string()).unwrap(), held);
    }
}
