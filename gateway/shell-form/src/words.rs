//! One word, by bash's own rules: its text, or that it is computed and by which commands.

use crate::expansions::{after_backquote, after_braces, after_substitution, ansi, find, refuse_joined_line};
use crate::form::Word;
use crate::why::{Why, WhyKind};

/// A word, and the commands within it.
pub(crate) struct Piece<'a> {
    pub(crate) word: Word,
    pub(crate) commands: Vec<&'a str>,
}

/// What stands in the source as one word of a command.
pub(crate) fn read(source: &str) -> Result<Piece<'_>, Why> {
    if source.bytes().all(is_plain) {
        return Ok(Piece { word: Word::fixed(source), commands: vec![] });
    }
    let mut scan = Scan::new(source);
    while let Some(c) = scan.next() {
        scan.unquoted(c)?;
    }
    scan.end()
}

/// The text of a here-document that bash expands.
pub(crate) fn here_document(source: &str) -> Result<Piece<'_>, Why> {
    // A line that goes on may hide the word at which the document ends, and other backslashes change its text.
    if source.contains('\\') {
        return Err(Why::new(WhyKind::HereDocument, source));
    }
    let mut scan = Scan::new(source);
    while let Some(c) = scan.next() {
        match c {
            '$' => scan.dollar(true)?,
            '`' => scan.backquote(true)?,
            c => scan.text.push(c),
        }
    }
    scan.end()
}

/// No shell gives these a meaning within a word.
fn is_plain(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"_./:=,@%+-".contains(&byte)
}

struct Scan<'a> {
    source: &'a str,
    at: usize,
    text: String,
    commands: Vec<&'a str>,
    dynamic: bool,
    splits: bool,
    bare: bool,
    /// Where in the text an unquoted `[` or `{` stands.
    bracket: Option<usize>,
    brace: Option<usize>,
}

impl<'a> Scan<'a> {
    fn new(source: &'a str) -> Self {
        Self {
            source,
            at: 0,
            text: String::new(),
            commands: vec![],
            dynamic: false,
            splits: false,
            bare: true,
            bracket: None,
            brace: None,
        }
    }

    fn next(&mut self) -> Option<char> {
        let c = self.rest().chars().next()?;
        self.at += c.len_utf8();
        Some(c)
    }

    fn rest(&self) -> &'a str {
        &self.source[self.at..]
    }

    fn unquoted(&mut self, c: char) -> Result<(), Why> {
        match c {
            '\\' => return self.escaped(),
            '\'' => return self.single(),
            '"' => return self.double(),
            '$' => return self.dollar(false),
            '`' => return self.backquote(false),
            ' ' | '\t' | '\n' | '|' | '&' | ';' | '(' | ')' | '<' | '>' => return Err(self.unreadable()),
            '*' | '?' => self.expands(true),
            '~' if self.may_be_home() => self.expands(false),
            '[' => self.bracket = self.bracket.or(Some(self.text.len())),
            '{' => self.brace = self.brace.or(Some(self.text.len())),
            _ => {}
        }
        self.text.push(c);
        Ok(())
    }

    /// At the beginning, and behind the `=` and `:` of what looks like a setting.
    fn may_be_home(&self) -> bool {
        let before = self.source[..self.at - 1].chars().next_back();
        before.is_none_or(|before| matches!(before, '=' | ':' | '\n'))
    }

    fn expands(&mut self, splits: bool) {
        self.dynamic = true;
        self.splits |= splits;
    }

    fn escaped(&mut self) -> Result<(), Why> {
        self.bare = false;
        match self.next() {
            None => Err(self.unreadable()),
            // A line that goes on in the next one.
            Some('\n') => Ok(()),
            Some(c) => {
                self.text.push(c);
                Ok(())
            }
        }
    }

    fn single(&mut self) -> Result<(), Why> {
        self.bare = false;
        let end = find(self.source, self.at, b'\'')?;
        self.text.push_str(&self.source[self.at..end]);
        self.at = end + 1;
        Ok(())
    }

    fn double(&mut self) -> Result<(), Why> {
        self.bare = false;
        while let Some(c) = self.next() {
            match c {
                '"' => return Ok(()),
                '$' => self.dollar(true)?,
                '`' => self.backquote(true)?,
                '\\' if self.rest().starts_with(['$', '`', '"', '\\']) => {
                    let c = self.next();
                    self.text.extend(c);
                }
                '\\' if self.rest().starts_with('\n') => drop(self.next()),
                c => self.text.push(c),
            }
        }
        Err(self.unreadable())
    }

    fn dollar(&mut self, quoted: bool) -> Result<(), Why> {
        refuse_joined_line(self.source, self.at - 1)?;
        let rest = self.rest();
        let next = rest.chars().next().unwrap_or(' ');
        match next {
            '(' if rest.starts_with("((") => self.arithmetic(),
            '(' => {
                let end = after_substitution(self.source, self.at + 1, 1)?;
                self.command(self.at + 1, end, quoted)
            }
            '{' => {
                let end = after_braces(self.source, self.at + 1)?;
                let many = self.source[self.at..end].contains('@');
                self.parameter(end, quoted && !many)
            }
            '[' => Err(Why::new(WhyKind::Arithmetic, self.source)),
            '"' if !quoted => Err(self.unreadable()),
            '\'' if !quoted => {
                let (text, end) = ansi(self.source, self.at + 1)?;
                self.text.push_str(&text);
                (self.at, self.bare) = (end, false);
                Ok(())
            }
            '@' => self.parameter(self.at + 1, false),
            '*' | '#' | '?' | '$' | '!' | '-' | '0'..='9' => self.parameter(self.at + 1, quoted),
            '_' | 'a'..='z' | 'A'..='Z' => {
                let name = rest.bytes().take_while(|byte| byte.is_ascii_alphanumeric() || *byte == b'_');
                self.parameter(self.at + name.count(), quoted)
            }
            _ => {
                self.text.push('$');
                Ok(())
            }
        }
    }

    fn parameter(&mut self, end: usize, single: bool) -> Result<(), Why> {
        self.at = end;
        self.expands(!single);
        Ok(())
    }

    /// Numbers and signs only: a name would be read again, and what it holds may run.
    fn arithmetic(&mut self) -> Result<(), Why> {
        let refused = Why::new(WhyKind::Arithmetic, self.source);
        let inner = &self.source[self.at + 2..];
        let length =
            inner.bytes().take_while(|byte| byte.is_ascii_digit() || b" +-*/%".contains(byte)).count();
        if !inner[length..].starts_with("))") {
            return Err(refused);
        }
        self.parameter(self.at + 2 + length + 2, true)
    }

    fn backquote(&mut self, quoted: bool) -> Result<(), Why> {
        let end = after_backquote(self.source, self.at)?;
        self.command(self.at, end, quoted)
    }

    /// Up to the sign that closes it. Parsers differ in how they count the `)` of a `case`.
    fn command(&mut self, begin: usize, end: usize, quoted: bool) -> Result<(), Why> {
        let inner = &self.source[begin..end - 1];
        if inner.contains("esac") {
            return Err(Why::new(WhyKind::Expansion, inner));
        }
        self.commands.push(inner);
        self.parameter(end, quoted)
    }

    fn unreadable(&self) -> Why {
        Why::new(WhyKind::Unreadable, self.source)
    }

    fn end(mut self) -> Result<Piece<'a>, Why> {
        if self.bare && names_a_descriptor(self.source) {
            return Err(self.unreadable());
        }
        // Whether or not what follows was quoted: rather computed than taken for fixed.
        let behind = |at: Option<usize>, signs: &[char]| at.is_some_and(|at| self.text[at..].contains(signs));
        if behind(self.bracket, &[']']) || behind(self.brace, &[',', '.']) {
            self.expands(true);
        }
        let source = || self.source.to_owned();
        let word = match self.dynamic {
            true => Word::Dynamic { source: source(), single: !self.splits },
            false => Word::Static(self.text),
        };
        Ok(Piece { word, commands: self.commands })
    }
}

/// `{fd}>file` makes a variable of the word in front of it.
fn names_a_descriptor(source: &str) -> bool {
    let inner = source.strip_prefix('{').and_then(|inner| inner.strip_suffix('}'));
    inner.is_some_and(|inner| {
        inner.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_') && !inner.contains([',', '.'])
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(source: &str) -> Option<String> {
        read(source).unwrap().word.text().map(str::to_owned)
    }

    #[test]
    fn quotes_are_taken_off_as_bash_does() {
        // REQ-GATE-06
        let table = [
            (r"a\ b", "a b"),
            ("'a b'", "a b"),
            (r#""a \" \$x \\ \n""#, r#"a " $x \ \n"#),
            (r"$'a\tb\'c\x41\101'", "a\tb'cAA"),
            ("a'b'\"c\"$'d'", "abcd"),
            ("''", ""),
            (r"\$'x'", "$x"),
            ("a\\\nb", "ab"),
            ("\"a\\\nb\"", "ab"),
            ("'a\\\nb'", "a\\\nb"),
            ("HEAD~1", "HEAD~1"),
            ("HEAD^", "HEAD^"),
            ("stash@{0}", "stash@{0}"),
            ("{}", "{}"),
            ("[", "["),
            ("$", "$"),
            ("\"$\"", "$"),
            ("a=b", "a=b"),
            ("'*.rs'", "*.rs"),
            ("é", "é"),
        ];
        for (source, expected) in table {
            assert_eq!(text(source).as_deref(), Some(expected), "{source}");
        }
    }

    #[test]
    fn what_is_computed_says_so() {
        // REQ-GATE-06
        let table = [
            ("$x", false),
            ("\"$x\"", true),
            ("\"$@\"", false),
            ("\"${a[@]}\"", false),
            ("\"${a:-b}\"", true),
            ("*.rs", false),
            ("[a-z]", false),
            ("{a,b}", false),
            ("{1..3}", false),
            ("~", true),
            ("a=~/x", true),
            ("$((1 + 2))", true),
            ("a$(b)c", false),
            ("\"`b`\"", true),
        ];
        for (source, single) in table {
            let expected = Word::Dynamic { source: source.to_owned(), single };
            assert_eq!(read(source).unwrap().word, expected, "{source}");
        }
    }

    #[test]
    fn commands_within_are_found_whole() {
        // REQ-GATE-06
        let found = read(r#""$(a ")" '(' $(b)) `c d`""#).unwrap();
        assert_eq!(found.commands, [r#"a ")" '(' $(b)"#, "c d"]);
    }

    #[test]
    fn what_may_mean_something_else_in_bash_is_an_error() {
        // REQ-GATE-06
        for source in [
            "a b",
            "'a",
            "\"a",
            "a\\",
            "$(a",
            "$((x))",
            "$((1*(2)))",
            "$[1]",
            "${x:-$(y)}",
            "${x:-'}'}",
            "${x:=y}",
            "${!x}",
            "${x@P}",
            "${x[i]}",
            "${x:y}",
            "$\"a\"",
            "`a \\`b\\``",
            "$(a # )\n)",
            "$(a \\\n#)\n)",
            "$(cat <<E\nE\n)",
            "$(case a in a) b;; esac)",
            "$'\\u0041'",
            "$'\\0'",
            "$'\\e'",
            "{fd}",
            "a$\\\nb",
            "\"$\\\n(b)\"",
            "$\\\n{b}",
            "$(\\\n(b))",
            "$(a $\\\n(b))",
            "a;b",
        ] {
            assert!(read(source).is_err(), "{source}");
        }
    }
}
