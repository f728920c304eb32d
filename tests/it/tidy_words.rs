//! The house rule on plain English: words and patterns that no sentence for people may have, with better ones.
//!
//! It reads string literals of Rust outside of tests, text and strings of the console, the help of the command line, texts
//! of alerts and dashboards, and the pages, also where a pattern runs over the end of a line. What has no space in it is a
//! name, not a sentence.

use crate::tidy::sources;
use std::fmt;

/// Banned in every sentence: the words, and better ones.
const EVERYWHERE: &[(&str, &str)] = &[
    ("goes on", "continues, resumes"),
    ("go on", "continue, resume"),
    ("went on", "continued"),
    ("anybody", "anyone"),
    ("somebody", "someone"),
    ("everybody", "everyone"),
    ("whoever", "anyone who, the person who"),
    ("of its own", "its own, separate"),
    ("of their own", "their own, separate"),
    ("all the same", "still, anyway"),
    ("became of", "happened to, the outcome of"),
    ("becomes of", "happens to, the outcome of"),
    ("half run", "may have run in part"),
    ("mend", "fix, repair"),
    ("mends", "fixes, repairs"),
    ("mended", "fixed, repaired"),
    ("look again", "check again, review again"),
    ("look whether", "check whether"),
    ("anew", "again"),
    ("tried again", "retried"),
    ("may not", "can't"),
    ("is away", "is offline"),
    ("cannot be used", "isn't available; say why"),
    ("is none of", "is not one of"),
    ("turned away", "refused"),
    ("in place of", "instead of"),
];

/// Banned in what a program says; a page that explains may need them.
const ON_SCREEN: &[(&str, &str)] = &[
    ("is told", "say who reads what, or: has been told"),
    ("was told", "say who reads what, or: has been told"),
    ("are told", "say who reads what, or: have been told"),
    ("is made", "is created"),
    ("are made", "are created"),
    ("was made", "was created"),
    ("is kept", "is saved, stays"),
    ("are kept", "are saved, stay"),
    ("was kept", "was saved"),
    ("is taken", "is used, is accepted"),
    ("are taken", "are used, are accepted"),
    ("was taken", "was used, was accepted"),
    ("of our own", "its own, separate"),
    ("in own words", "write your own answer"),
    ("opencode's own", "OpenCode's"),
    ("who may", "who can"),
    ("may answer", "can answer"),
    ("may see", "can see"),
    ("take this", "use this"),
    ("takes this", "uses this"),
    ("is no", "is not a"),
    ("agent away", "agent offline"),
    ("settled", "closed, answered"),
    ("waits", "is waiting, needs"),
    ("no such", "not found, there is no"),
    ("is wanted", "is needed, is required"),
    ("the very same", "exactly the same"),
    ("after all", "anyway"),
    ("too much at once", "too many requests, too large"),
    ("perhaps", "it may be"),
    ("any more", "no longer"),
];

/// Good English that has banned words in it.
const FINE: &[&str] = &[
    "ask whoever",
    "tell whoever",
    "there is no",
    "is no longer",
    "is no more",
    "take this into account",
    "in your own words",
];

/// Pages that are a record of what was, or that another test compares with its source.
const OTHER_PAGES: &[&str] = &["docs/decisions/", "docs/protocol.md", "docs/requirements.md", "CHANGELOG.md"];

/// Words of the next line that a pattern can run on into: the longest has four.
const RUNS_ON: usize = 3;

/// What people read, and where it stands.
struct Sentence {
    file: String,
    line: usize,
    text: String,
    /// What the next line of the same paragraph begins with: a pattern may run over the end of the line.
    next: String,
}

impl Sentence {
    fn new(file: &str, line: usize, text: &str, next: &str) -> Self {
        let next = next.split_whitespace().take(RUNS_ON).collect::<Vec<_>>().join(" ");
        Self { file: file.to_owned(), line, text: text.trim().to_owned(), next }
    }

    fn banned(&self, lists: &[&[(&'static str, &'static str)]]) -> Option<(&'static str, &'static str)> {
        let Self { text, next, .. } = self;
        // What stands in the next line alone is found there.
        let over_the_end =
            || banned(&format!("{text} {next}"), lists).filter(|_| banned(next, lists).is_none());
        banned(text, lists).or_else(over_the_end)
    }
}

/// A banned pattern in a sentence.
struct Fault {
    at: Sentence,
    words: &'static str,
    better: &'static str,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Sentence { file, line, text, next } = &self.at;
        write!(
            f,
            "{file}:{line}: “{}” is no plain English; better: {}\n    {text} {next}",
            self.words, self.better
        )
    }
}

/// The first pattern of the lists in a text, at the bounds of words.
fn banned(text: &str, lists: &[&[(&'static str, &'static str)]]) -> Option<(&'static str, &'static str)> {
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase();
    let text = FINE.iter().fold(text, |text, fine| text.replace(fine, "…"));
    let within = |c: Option<char>| c.is_some_and(char::is_alphanumeric);
    let is_in = |words: &str| {
        text.match_indices(words).any(|(at, _)| {
            !within(text[..at].chars().next_back()) && !within(text[at + words.len()..].chars().next())
        })
    };
    lists.iter().copied().flatten().copied().find(|(words, _)| is_in(words))
}

fn faults(sentences: Vec<Sentence>, lists: &[&[(&'static str, &'static str)]]) -> Vec<Fault> {
    let fault = |at: Sentence| at.banned(lists).map(|(words, better)| Fault { at, words, better });
    sentences.into_iter().filter_map(fault).collect()
}

/// String literals of Rust that are sentences, outside of comments and of the tests at the file's end.
fn in_rust(file: &str, text: &str) -> Vec<Sentence> {
    let code = text.split("\n#[cfg(test)]\nmod ").next().unwrap();
    let (mut found, mut at) = (vec![], 0);
    while let Some(next) = code[at..].find(['"', '/', '\'']) {
        at += next;
        let (length, literal) = token(&code[..at], &code[at..]);
        if let Some(literal) = literal.filter(|literal| literal.contains(' ')) {
            let line = code[..at].matches('\n').count() + 1;
            found.push(Sentence::new(file, line, &plain(literal), ""));
        }
        at += length;
    }
    found
}

/// What begins here: a literal with its text, a comment, a character or a lifetime. Returns how long it is.
fn token<'a>(before: &str, rest: &'a str) -> (usize, Option<&'a str>) {
    let until =
        |end: &str, from: usize| rest[from..].find(end).map_or(rest.len(), |at| from + at + end.len());
    match rest.as_bytes() {
        [b'"', ..] => literal(before, rest),
        [b'/', b'/', ..] => (until("\n", 2), None),
        [b'/', b'*', ..] => (until("*/", 2), None),
        [b'\'', b'\\', ..] => (until("'", 3), None),
        [b'\'', ..] if rest.chars().nth(2) == Some('\'') => (until("'", 1), None),
        _ => (1, None),
    }
}

fn literal<'a>(before: &str, rest: &'a str) -> (usize, Option<&'a str>) {
    let marks = before.len() - before.trim_end_matches('#').len();
    let end = match before.trim_end_matches('#').ends_with('r') {
        true => rest[1..].find(&format!("\"{}", "#".repeat(marks))),
        false => end_of_literal(&rest[1..]),
    };
    let end = end.map_or(rest.len(), |end| end + 1);
    (end + 1, rest.get(1..end))
}

fn end_of_literal(text: &str) -> Option<usize> {
    let mut escaped = false;
    text.char_indices().find_map(|(at, c)| {
        let ends = c == '"' && !escaped;
        escaped = c == '\\' && !escaped;
        ends.then_some(at)
    })
}

/// As it is printed: lines that are joined are one, and line ends are spaces.
fn plain(literal: &str) -> String {
    let joined: Vec<_> = literal.split("\\\n").map(str::trim_start).collect();
    let joined = if joined.len() > 1 { joined.concat() } else { literal.to_owned() };
    joined.replace("\\n", " ").replace("\\\"", "\"")
}

/// Strings and text of TypeScript, JSX and HTML: what stands in double quotes, and what is between tags and braces.
fn in_typescript(file: &str, text: &str) -> Vec<Sentence> {
    let is_comment = |line: &str| ["//", "/*", "*", "{/*"].iter().any(|start| line.starts_with(start));
    let lines = text.lines().enumerate().filter(|(_, line)| !is_comment(line.trim_start()));
    let lines: Vec<_> = lines.map(|(n, line)| (n + 1, line.split(" // ").next().unwrap())).collect();
    let mut found = vec![];
    for (at, (n, line)) in lines.iter().enumerate() {
        let quoted = line.split(['"', '`']).skip(1).step_by(2).map(|piece| (piece, ""));
        let pieces = between_tags(line);
        // A paragraph of several lines: the last piece of one and the first of the next are one text.
        let next = lines.get(at + 1).map_or("", |(_, next)| between_tags(next)[0]);
        let next = if is_prose(next) { next } else { "" };
        let last = pieces.len() - 1;
        let prose = pieces.iter().enumerate().filter(|(_, piece)| is_prose(piece));
        let prose = prose.map(|(piece, text)| (*text, if piece == last { next } else { "" }));
        found.extend(quoted.chain(prose).map(|(text, next)| Sentence::new(file, *n, text, next)));
    }
    found.retain(|one| one.text.contains(' '));
    found
}

fn between_tags(line: &str) -> Vec<&str> {
    line.split(['<', '>', '{', '}']).map(str::trim).collect()
}

/// Code has a call, a sign of equality or a quote; a text for people may well be in brackets.
fn is_prose(piece: &str) -> bool {
    let calls = piece
        .match_indices('(')
        .any(|(at, _)| piece[..at].ends_with(|c: char| c.is_alphanumeric() || c == '.'));
    !calls
        && !piece.contains(['=', '"'])
        && !piece.contains("&&")
        && !piece.contains("||")
        && !piece.ends_with('(')
}

/// Each line with the one behind it, if that is of the same paragraph.
fn running_on(file: &str, lines: &[Option<String>]) -> Vec<Sentence> {
    let next = |n: usize| lines.get(n + 1).and_then(Option::as_deref).unwrap_or_default();
    let whole =
        |(n, line): (usize, &Option<String>)| Some(Sentence::new(file, n + 1, line.as_ref()?, next(n)));
    lines.iter().enumerate().filter_map(whole).collect()
}

/// What a line says after one of these.
fn after(file: &str, text: &str, starts: &[&str]) -> Vec<Sentence> {
    let said =
        |line: &str| starts.iter().find_map(|start| line.split_once(start).map(|(_, said)| said.to_owned()));
    running_on(file, &text.lines().map(said).collect::<Vec<_>>())
}

/// The lines of a page, without code.
fn in_page(file: &str, text: &str) -> Vec<Sentence> {
    let mut is_code = false;
    let mut prose = |line: &str| {
        is_code ^= line.trim_start().starts_with("```");
        (!is_code).then(|| line.split('`').step_by(2).collect::<Vec<_>>().join("`"))
    };
    running_on(file, &text.lines().map(&mut prose).collect::<Vec<_>>())
}

fn is_of_tests(file: &str) -> bool {
    file.contains("/tests/") || file.contains("/test/") || file.ends_with("/tests.rs")
}

/// All that people read on a screen.
fn on_screen() -> Vec<Sentence> {
    let rust = sources(&[
        "gateway/*.rs",
        "bridge-protocol/*.rs",
        "opencode-plugin/guard/*.rs",
        "tests/playground/*.rs",
    ]);
    let console = sources(&[
        "gateway/console/src",
        "gateway/console/*.html",
        "gateway/src/opencode_ui/*.js",
        "opencode-plugin/src",
    ]);
    let texts = sources(&["infrastructure/*.yml", "infrastructure/*.json", "slack-app-manifest.yaml"]);
    let rust = rust.iter().filter(|(file, _)| !is_of_tests(file));
    let console = console.iter().filter(|(file, _)| !file.contains(".gen."));
    let help = rust.clone().filter(|(file, _)| file.starts_with("gateway/src/cli/"));
    rust.flat_map(|(file, text)| in_rust(file, text))
        .chain(help.flat_map(|(file, text)| after(file, text, &["    /// "])))
        .chain(console.flat_map(|(file, text)| in_typescript(file, text)))
        .chain(texts.iter().flat_map(|(file, text)| after(file, text, TEXTS)))
        .collect()
}

/// Where an alert, a dashboard or the app's manifest says something.
const TEXTS: &[&str] = &["summary: ", "description: ", "usage_hint: ", "\"title\": ", "\"description\": "];

fn pages() -> Vec<Sentence> {
    let pages = sources(&["*.md"]);
    let pages = pages.iter().filter(|(file, _)| !OTHER_PAGES.iter().any(|other| file.starts_with(other)));
    pages.flat_map(|(file, text)| in_page(file, text)).collect()
}

#[test]
fn sentences_for_people_are_plain_english() {
    let (screen, pages) = (on_screen(), pages());
    assert!(screen.len() > 2_000 && pages.len() > 800, "{} and {} were read", screen.len(), pages.len());
    let mut found = faults(screen, &[EVERYWHERE, ON_SCREEN]);
    found.extend(faults(pages, &[EVERYWHERE]));
    let told: Vec<_> = found.iter().map(ToString::to_string).collect();
    assert!(told.is_empty(), "{} sentences:\n{}", told.len(), told.join("\n"));
}

#[test]
fn a_planted_pattern_is_found_wherever_people_read_it() {
    let planted = EVERYWHERE.iter().chain(ON_SCREEN).map(|(words, _)| format!("It {words} here."));
    for sentence in planted {
        let (first, last) = sentence.split_at(3);
        let code = format!(
            "let a = '\"'; // x\nfail(\"Look: \\\n    {first}\\\n    {last}\");\nlet b = r#\"{sentence}\"#;\n"
        );
        let page = format!("const a = \"{sentence}\"\n<p>{sentence} {{name}}</p>\n");
        let alert = format!("  annotations: {{ summary: \"{sentence}\" }}\n");
        let read = [in_rust("a.rs", &code), in_typescript("a.tsx", &page), after("a.yml", &alert, TEXTS)];
        for (found, lines) in read.map(|read| faults(read, &[EVERYWHERE, ON_SCREEN])).iter().zip([2, 2, 1]) {
            assert_eq!(found.len(), lines, "{sentence} in {code}{page}{alert}");
        }
    }
    let page = in_page("a.md", "Fine.\nIt goes on `goes on`.\n```\ngoes on\n```\nIt `goes on`.\n");
    let found = faults(page, &[EVERYWHERE]);
    assert_eq!(found.len(), 1);
    let told = found[0].to_string();
    assert!(told.contains("a.md:2:") && told.contains("continues, resumes"), "{told}");
}

#[test]
fn a_pattern_is_found_over_the_end_of_a_line_and_in_brackets() {
    let page = in_page("a.md", "The agent goes\non here.\n\nIt goes\n\non.\n");
    let jsx = "<p>\n  The agent goes\n  on here.\n</p>\n<p>It goes on (soon).</p>\n<p>\n  It stops; it goes on.\n</p>\n";
    let help = after("a.rs", "    /// It goes\n    /// on here.\n    x: String,\n", &["    /// "]);
    for (read, lines) in [(page, vec![1]), (in_typescript("a.tsx", jsx), vec![2, 5, 7]), (help, vec![1])] {
        let found: Vec<_> = faults(read, &[EVERYWHERE]).iter().map(|fault| fault.at.line).collect();
        assert_eq!(found, lines);
    }
}

#[test]
fn names_comments_tests_and_good_english_are_left_alone() {
    let code = "// It goes on.\nlet goes_on = \"goes-on\"; /* somebody */ fn anybody<'a>(c: &'a str) {}\n\
                call(\"There is no session. Tell whoever runs it; it recommends a fix.\");\n\
                \n#[cfg(test)]\nmod tests { const A: &str = \"it goes on\"; }\n";
    let typescript =
        "// It goes on.\nif (state === \"settled\") return anew > waits\nconst settled = anew(waits, 1)\n";
    let read = in_rust("a.rs", code).into_iter().chain(in_typescript("a.ts", typescript)).collect();
    let found: Vec<_> = faults(read, &[EVERYWHERE, ON_SCREEN]).iter().map(ToString::to_string).collect();
    assert!(found.is_empty(), "{found:?}");
}
