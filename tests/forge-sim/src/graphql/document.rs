//! Reads a GraphQL document: just what clients send, without schema.

use serde_json::{Map, Value};
use std::collections::BTreeMap;

#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Selection {
    Field(Field),
    /// `... on Type { }` or `... { }`.
    Inline(Option<String>, Vec<Selection>),
    Spread(String),
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Field {
    pub(crate) alias: Option<String>,
    pub(crate) name: String,
    pub(crate) arguments: Map<String, Value>,
    pub(crate) selections: Vec<Selection>,
}

#[derive(Debug, Default)]
pub(crate) struct Document {
    pub(crate) mutation: bool,
    pub(crate) selections: Vec<Selection>,
    /// Type and selections by name.
    pub(crate) fragments: BTreeMap<String, (String, Vec<Selection>)>,
}

impl Field {
    pub(crate) fn key(&self) -> &str {
        self.alias.as_deref().unwrap_or(&self.name)
    }
}

/// Reads the operation of this name (or the only one), with its variables filled in.
pub(crate) fn read(text: &str, operation: Option<&str>, variables: &Value) -> Result<Document, String> {
    let mut reader = Reader { tokens: tokens(text)?, at: 0, variables };
    let mut document = Document::default();
    let mut found = false;
    while reader.at < reader.tokens.len() {
        reader.definition(operation, &mut document, &mut found)?;
    }
    if found { Ok(document) } else { Err("No operation was found in the document".to_owned()) }
}

struct Reader<'a> {
    tokens: Vec<Token>,
    at: usize,
    variables: &'a Value,
}

#[derive(Clone, Debug, PartialEq)]
enum Token {
    Mark(char),
    Dots,
    Name(String),
    Value(Value),
}

fn tokens(text: &str) -> Result<Vec<Token>, String> {
    let mut tokens = Vec::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let length = match first {
            ' ' | '\t' | '\r' | '\n' | ',' | '\u{feff}' => first.len_utf8(),
            '#' => rest.find('\n').unwrap_or(rest.len()),
            '"' => {
                let (string, length) = string(rest)?;
                tokens.push(Token::Value(string.into()));
                length
            }
            '.' if rest.starts_with("...") => {
                tokens.push(Token::Dots);
                3
            }
            '_' | 'a'..='z' | 'A'..='Z' => {
                let length = word(rest, |one| one == '_' || one.is_ascii_alphanumeric());
                tokens.push(Token::Name(rest[..length].to_owned()));
                length
            }
            '-' | '0'..='9' => {
                let length = word(rest, |one| matches!(one, '-' | '+' | '.' | 'e' | 'E' | '0'..='9'));
                let number = serde_json::from_str(&rest[..length]).map_err(|_| "a bad number".to_owned())?;
                tokens.push(Token::Value(number));
                length
            }
            '{' | '}' | '(' | ')' | '[' | ']' | ':' | '$' | '!' | '=' | '@' | '|' | '&' => {
                tokens.push(Token::Mark(first));
                1
            }
            other => return Err(format!("Expected a token, actual: {other:?}")),
        };
        rest = &rest[length..];
    }
    Ok(tokens)
}

fn word(text: &str, belongs: impl Fn(char) -> bool) -> usize {
    text.find(|one| !belongs(one)).unwrap_or(text.len())
}

fn string(text: &str) -> Result<(String, usize), String> {
    if let Some(block) = text.strip_prefix("\"\"\"") {
        let end = block.find("\"\"\"").ok_or("a string without an end")?;
        return Ok((block[..end].trim().to_owned(), end + 6));
    }
    let mut escaped = false;
    for (at, one) in text.char_indices().skip(1) {
        match one {
            '"' if !escaped => {
                let read = serde_json::from_str(&text[..=at]).map_err(|error| error.to_string())?;
                return Ok((read, at + 1));
            }
            '\\' => escaped = !escaped,
            _ => escaped = false,
        }
    }
    Err("a string without an end".to_owned())
}

impl Reader<'_> {
    fn peek(&self) -> Option<&Token> {
        self.tokens.get(self.at)
    }

    fn take(&mut self, mark: char) -> bool {
        let found = self.peek() == Some(&Token::Mark(mark));
        self.at += usize::from(found);
        found
    }

    fn expect(&mut self, mark: char) -> Result<(), String> {
        if self.take(mark) { Ok(()) } else { Err(format!("Expected {mark:?}, actual: {:?}", self.peek())) }
    }

    fn name(&mut self) -> Result<String, String> {
        let Some(Token::Name(name)) = self.peek().cloned() else {
            return Err(format!("Expected NAME, actual: {:?}", self.peek()));
        };
        self.at += 1;
        Ok(name)
    }

    fn definition(
        &mut self,
        wanted: Option<&str>,
        document: &mut Document,
        found: &mut bool,
    ) -> Result<(), String> {
        if self.peek() == Some(&Token::Mark('{')) {
            document.selections = self.selections()?;
            *found = true;
            return Ok(());
        }
        let kind = self.name()?;
        if kind == "fragment" {
            let name = self.name()?;
            let _on = self.name()?;
            let of = self.name()?;
            let selections = self.selections()?;
            document.fragments.insert(name, (of, selections));
            return Ok(());
        }
        let name = if matches!(self.peek(), Some(Token::Name(_))) { Some(self.name()?) } else { None };
        if self.take('(') {
            self.skip_until(')')?;
        }
        self.directives()?;
        let selections = self.selections()?;
        if wanted.is_none() || wanted == name.as_deref() {
            document.mutation = kind == "mutation";
            document.selections = selections;
            *found = true;
        }
        Ok(())
    }

    /// Definitions of variables aren't checked.
    fn skip_until(&mut self, end: char) -> Result<(), String> {
        while !self.take(end) {
            self.at += 1;
            if self.at >= self.tokens.len() {
                return Err(format!("Expected {end:?}"));
            }
        }
        Ok(())
    }

    fn selections(&mut self) -> Result<Vec<Selection>, String> {
        self.expect('{')?;
        let mut list = Vec::new();
        while !self.take('}') {
            list.extend(self.selection()?);
        }
        Ok(list)
    }

    /// None where `@include` or `@skip` leaves it out.
    fn selection(&mut self) -> Result<Option<Selection>, String> {
        if self.peek() == Some(&Token::Dots) {
            self.at += 1;
            return self.fragment();
        }
        let first = self.name()?;
        let (alias, name) = if self.take(':') { (Some(first), self.name()?) } else { (None, first) };
        let arguments = if self.take('(') { self.arguments(')')? } else { Map::new() };
        let wanted = self.directives()?;
        let selections = if self.peek() == Some(&Token::Mark('{')) { self.selections()? } else { Vec::new() };
        Ok(wanted.then_some(Selection::Field(Field { alias, name, arguments, selections })))
    }

    fn fragment(&mut self) -> Result<Option<Selection>, String> {
        let name = if matches!(self.peek(), Some(Token::Name(_))) { Some(self.name()?) } else { None };
        let on = if name.as_deref() == Some("on") { Some(self.name()?) } else { None };
        if let (Some(name), None) = (&name, &on) {
            let wanted = self.directives()?;
            return Ok(wanted.then(|| Selection::Spread(name.clone())));
        }
        let wanted = self.directives()?;
        let selections = self.selections()?;
        Ok(wanted.then_some(Selection::Inline(on, selections)))
    }

    fn directives(&mut self) -> Result<bool, String> {
        let mut wanted = true;
        while self.take('@') {
            let name = self.name()?;
            let arguments = if self.take('(') { self.arguments(')')? } else { Map::new() };
            let says = arguments.get("if").and_then(Value::as_bool);
            wanted &= match name.as_str() {
                "include" => says != Some(false),
                "skip" => says != Some(true),
                _ => true,
            };
        }
        Ok(wanted)
    }

    fn arguments(&mut self, end: char) -> Result<Map<String, Value>, String> {
        let mut map = Map::new();
        while !self.take(end) {
            let name = self.name()?;
            self.expect(':')?;
            let value = self.value()?;
            map.insert(name, value);
        }
        Ok(map)
    }

    fn value(&mut self) -> Result<Value, String> {
        if self.take('$') {
            let name = self.name()?;
            return Ok(self.variables[&name].clone());
        }
        if self.take('{') {
            return Ok(Value::Object(self.arguments('}')?));
        }
        if self.take('[') {
            let mut list = Vec::new();
            while !self.take(']') {
                list.push(self.value()?);
            }
            return Ok(Value::Array(list));
        }
        let token = self.peek().cloned().ok_or("Expected a value")?;
        self.at += 1;
        match token {
            Token::Value(value) => Ok(value),
            Token::Name(name) => Ok(match name.as_str() {
                "true" => true.into(),
                "false" => false.into(),
                "null" => Value::Null,
                _ => name.into(),
            }),
            other => Err(format!("Expected a value, actual: {other:?}")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Selection, read};
    use serde_json::json;

    #[test]
    fn aliases_arguments_fragments_and_directives_are_read() {
        let text = r#"query Q($n: Int!, $all: [X!] = [A]) { a: repo(n: $n, of: {s: [OPEN, "x\"y"]}) @skip(if: false) {
            ...f ... on User { id } gone @include(if: $no) } } fragment f on Repo { name }"#;
        let read = read(text, None, &json!({ "n": 3, "no": false })).unwrap();
        let Selection::Field(field) = &read.selections[0] else { panic!("{read:?}") };
        assert_eq!((field.key(), field.name.as_str()), ("a", "repo"));
        assert_eq!(json!(field.arguments), json!({ "n": 3, "of": { "s": ["OPEN", "x\"y"] } }));
        assert_eq!(field.selections.len(), 2);
        assert_eq!(read.fragments["f"].0, "Repo");
    }

    #[test]
    fn broken_documents_are_told() {
        for text in
            ["", "{", "{ a(", "query { a } }", "{ a: }", "{ \"x }", "mutation { a(b: ) }", "{ a ... }"]
        {
            assert!(read(text, None, &json!({})).is_err(), "{text:?}");
        }
    }
}
