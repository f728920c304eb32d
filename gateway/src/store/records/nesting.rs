//! How deep brackets are nested in a YAML text, counted before the library reads it: that takes time with the square of
//! the depth. A record of ours has hardly any; what it quotes of others stands in quotes or in blocks, and is not counted.

/// The library itself gives up here, after all that time.
const DEEPEST: usize = 128;

/// The line where too many brackets are open.
pub(super) fn too_deep(text: &str) -> Option<usize> {
    let mut scan = Scan::default();
    text.lines().position(|line| scan.line(line.as_bytes())).map(|index| index + 1)
}

#[derive(Default)]
struct Scan {
    depth: usize,
    quote: Option<u8>,
    /// Lines further to the right than this belong to a text block.
    block: Option<usize>,
}

/// Where a line is being read.
struct At {
    index: usize,
    /// A value may begin here.
    fresh: bool,
    /// The column of the key or list item that the rest of the line belongs to.
    owner: usize,
    keyed: bool,
}

impl Scan {
    /// Whether it is too deep by the end of this line.
    fn line(&mut self, line: &[u8]) -> bool {
        let indent = line.iter().take_while(|byte| **byte == b' ').count();
        if let Some(owner) = self.block {
            if indent > owner || indent == line.len() {
                return false;
            }
            self.block = None;
        }
        let mut at = At { index: indent, fresh: true, owner: indent, keyed: false };
        while at.index < line.len() && self.depth <= DEEPEST && self.block.is_none() {
            match self.quote {
                Some(quote) => self.quoted(line, &mut at, quote),
                None => self.plain(line, &mut at),
            }
        }
        self.depth > DEEPEST
    }

    fn quoted(&mut self, line: &[u8], at: &mut At, quote: u8) {
        let (byte, next) = (line[at.index], line.get(at.index + 1));
        let escaped =
            (quote == b'"' && byte == b'\\') || (quote == b'\'' && byte == quote && next == Some(&quote));
        at.index += if escaped { 2 } else { 1 };
        if byte == quote && !escaped {
            self.quote = None;
            at.fresh = false;
        }
    }

    fn plain(&mut self, line: &[u8], at: &mut At) {
        let byte = line[at.index];
        let before_space = line.get(at.index + 1).is_none_or(|next| matches!(next, b' ' | b'\t'));
        let after_space = at.index == 0 || matches!(line[at.index - 1], b' ' | b'\t');
        let flow = self.depth > 0;
        let value = at.fresh && !matches!(byte, b' ' | b'\t' | b'-' | b'?' | b'|' | b'>');
        if value && !at.keyed {
            (at.owner, at.keyed) = (at.index, true);
        }
        match byte {
            b' ' | b'\t' => {}
            b'#' if after_space => at.index = line.len(),
            b'"' | b'\'' if at.fresh => self.quote = Some(byte),
            b'[' | b'{' if at.fresh || flow => {
                self.depth += 1;
                at.fresh = true;
            }
            b']' | b'}' if flow => {
                self.depth -= 1;
                at.fresh = false;
            }
            b',' if flow => at.fresh = true,
            b':' if before_space || flow => at.fresh = true,
            b'-' | b'?' if at.fresh && before_space => at.owner = at.index,
            b'|' | b'>' if at.fresh && !flow => self.block = Some(at.owner),
            b'&' | b'!' if at.fresh => {
                at.index += line[at.index..].iter().take_while(|b| **b != b' ').count()
            }
            _ => at.fresh = false,
        }
        at.index += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn brackets_in_brackets_are_counted_wherever_they_begin() {
        // A10
        let deep = "[".repeat(129);
        for text in [
            format!("a: {deep}"),
            format!("a: b\n- {deep}"),
            format!("? {deep}"),
            format!("\"a: b\": {deep}"),
            format!("a: !x &y {deep}"),
            format!("a:\n{}", "[\n".repeat(129)),
            format!("a: {}", "{b: ".repeat(129)),
            format!("a: |-\n  text\nb: {deep}"),
            format!("- a: |-\n    text\n  b: {deep}"),
        ] {
            assert!(too_deep(&text).is_some(), "{text}");
        }
        assert_eq!(too_deep(&format!("a: b\nc: {deep}")), Some(2));
    }

    #[test]
    fn what_is_quoted_of_others_is_not_counted() {
        // A10
        let deep = "[{".repeat(300);
        for text in [
            format!("a: x{deep}"),
            format!("a: '{deep}'"),
            format!("a: 'it''s {deep}'"),
            format!("a: \"\\\"{deep}\""),
            format!("a: |-\n  {deep}\n\n  {deep}\nb: 1"),
            format!("- a: |2-\n      {deep}\n  b: >-\n    {deep}\n  c: 1"),
            format!("- |-\n  {deep}"),
            format!("# {deep}"),
            "a: [1, 2]\nb: {c: []}\n".repeat(1_000),
        ] {
            assert_eq!(too_deep(&text), None, "{text}");
        }
    }

    #[test]
    fn a_record_with_any_text_in_it_is_not_too_deep() {
        // A10: what this gateway writes it must read
        use proptest::prelude::*;
        let texts = proptest::collection::vec("[\\[{'\"|>:\\-#&!?, \na]{0,40}", 1..6);
        proptest!(|(texts in texts)| {
            let texts: Vec<_> = texts.iter().map(|text| format!("{text}{}", "[".repeat(200))).collect();
            let written = serde_yaml::to_string(&std::collections::BTreeMap::from([("asks", texts)])).unwrap();
            prop_assert_eq!(too_deep(&written), None, "{}", written);
        });
    }
}
