//! Text -> blocks. `name "label" { argument = value, and further blocks }`, as far as the language is used here.

use std::iter::Peekable;
use std::str::Chars;

#[derive(Debug, Default)]
pub(super) struct Block {
    pub(super) name: String,
    pub(super) label: String,
    pub(super) line: usize,
    pub(super) arguments: Vec<(String, Value)>,
    pub(super) blocks: Vec<Block>,
}

#[derive(Debug)]
pub(super) enum Value {
    /// `loki.write.out.receiver`
    Reference(String),
    /// A list, or the values of an object.
    List(Vec<Value>),
    /// Text, a number, true or false.
    Plain,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Token {
    /// With dots in it, too.
    Name(String),
    Text(String),
    Number,
    Sign(char),
}

/// All blocks of a file, or what cannot be read.
pub(super) fn read(text: &str) -> Result<Vec<Block>, String> {
    let mut reader = Reader { tokens: tokens(text)?, at: 0 };
    let body = reader.body(true)?;
    match body.arguments.first() {
        Some((name, _)) => Err(format!("{name} stands outside of any block")),
        None => Ok(body.blocks),
    }
}

struct Reader {
    tokens: Vec<(usize, Token)>,
    at: usize,
}

impl Reader {
    fn next(&mut self) -> Option<(usize, Token)> {
        let token = self.tokens.get(self.at).cloned();
        self.at += 1;
        token
    }

    fn next_is(&self, sign: char) -> bool {
        self.tokens.get(self.at).is_some_and(|(_, token)| *token == Token::Sign(sign))
    }

    fn takes(&mut self, sign: char) -> bool {
        let is_it = self.next_is(sign);
        self.at += usize::from(is_it);
        is_it
    }

    fn wants(&mut self, sign: char) -> Result<(), String> {
        let line = self.tokens.get(self.at).map_or(0, |(line, _)| *line);
        if self.takes(sign) { Ok(()) } else { Err(format!("line {line}: {sign:?} is missing")) }
    }

    /// What is between braces, or in the whole file.
    fn body(&mut self, whole: bool) -> Result<Block, String> {
        let mut body = Block::default();
        while let Some((line, token)) = self.next() {
            let name = match token {
                Token::Name(name) => name,
                Token::Sign('}') if !whole => return Ok(body),
                other => return Err(format!("line {line}: {other:?} is no name")),
            };
            if self.takes('=') {
                let value = self.value()?;
                body.arguments.push((name, value));
            } else {
                body.blocks.push(self.block(name, line)?);
            }
        }
        if whole { Ok(body) } else { Err("the last block does not end".to_owned()) }
    }

    fn block(&mut self, name: String, line: usize) -> Result<Block, String> {
        let label = match self.tokens.get(self.at) {
            Some((_, Token::Text(label))) => label.clone(),
            _ => String::new(),
        };
        self.at += usize::from(!label.is_empty());
        self.wants('{')?;
        Ok(Block { name, label, line, ..self.body(false)? })
    }

    fn value(&mut self) -> Result<Value, String> {
        match self.next() {
            Some((_, Token::Text(_) | Token::Number)) => Ok(Value::Plain),
            Some((_, Token::Name(name))) if name.contains('.') => Ok(Value::Reference(name)),
            Some((_, Token::Name(name))) if ["true", "false", "null"].contains(&name.as_str()) => {
                Ok(Value::Plain)
            }
            Some((_, Token::Sign('['))) => self.values(']'),
            Some((_, Token::Sign('{'))) => self.values('}'),
            Some((line, other)) => Err(format!("line {line}: {other:?} is no value")),
            None => Err("a value is missing at the end".to_owned()),
        }
    }

    fn values(&mut self, end: char) -> Result<Value, String> {
        let mut values = vec![];
        while !self.takes(end) {
            if end == '}' {
                // The name of an object's field.
                self.at += 1;
                self.wants('=')?;
            }
            values.push(self.value()?);
            if !self.next_is(end) {
                self.wants(',')?;
            }
        }
        Ok(Value::List(values))
    }
}

fn tokens(text: &str) -> Result<Vec<(usize, Token)>, String> {
    let (mut tokens, mut line) = (vec![], 1);
    let mut rest = text.chars().peekable();
    while let Some(c) = rest.next() {
        let token = match c {
            '\n' => {
                line += 1;
                continue;
            }
            c if c.is_whitespace() => continue,
            '/' if rest.peek() == Some(&'/') => {
                while rest.peek().is_some_and(|c| *c != '\n') {
                    rest.next();
                }
                continue;
            }
            '"' => Token::Text(quoted(&mut rest).ok_or_else(|| format!("line {line}: a text does not end"))?),
            c if c.is_alphabetic() || c == '_' => {
                Token::Name(word(c, &mut rest, |c| c.is_alphanumeric() || matches!(c, '_' | '.')))
            }
            c if c.is_ascii_digit() => {
                word(c, &mut rest, |c| c.is_ascii_digit() || c == '.');
                Token::Number
            }
            '{' | '}' | '[' | ']' | '=' | ',' => Token::Sign(c),
            other => return Err(format!("line {line}: {other:?} is not understood")),
        };
        tokens.push((line, token));
    }
    Ok(tokens)
}

fn quoted(rest: &mut Peekable<Chars<'_>>) -> Option<String> {
    let mut text = String::new();
    loop {
        match rest.next()? {
            '"' => return Some(text),
            '\n' => return None,
            '\\' => text.push(rest.next()?),
            c => text.push(c),
        }
    }
}

fn word(first: char, rest: &mut Peekable<Chars<'_>>, fits: impl Fn(char) -> bool) -> String {
    let mut word = String::from(first);
    while let Some(c) = rest.next_if(|c| fits(*c)) {
        word.push(c);
    }
    word
}
