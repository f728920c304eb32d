//! The message of the one commit of a round. What an agent or a person wrote in it is words: it steers no CI, closes no issue,
//! pings nobody, and signs for nobody.

use crate::{AgentSays, Preset, RunId};
use gateway_domain::{mask_text, visible};

/// Longest subject, and longest line below it.
const SUBJECT: usize = 72;
const WIDTH: usize = 72;
/// So much of what the agent says.
const WORDS: usize = 600;

pub struct MessageParts<'a> {
    pub title: &'a str,
    pub says: &'a AgentSays,
    pub run: &'a RunId,
    /// `sha256:…` of the manifest.
    pub evidence: &'a str,
    /// `Name <mail>`, if they linked their account.
    pub co_author: Option<&'a str>,
    pub preset: &'a Preset,
}

pub fn commit_message(parts: &MessageParts<'_>) -> String {
    let subject =
        [parts.says.subject.as_str(), parts.title].into_iter().map(plain_subject).find(|one| !one.is_empty());
    let mut message = subject.unwrap_or_else(|| format!("Work of {}", parts.run));
    let words = paragraph(&parts.says.what_changed);
    if !words.is_empty() {
        message.push_str(&format!("\n\n{words}"));
    }
    let trailer = &parts.preset.trailer;
    message.push_str(&format!(
        "\n\n{trailer}-Run: {}\n{trailer}-Evidence: {}\n",
        parts.run,
        plain(parts.evidence)
    ));
    if let Some(author) = parts.co_author.filter(|author| is_author(author)) {
        message.push_str(&format!("Co-authored-by: {author}\n"));
    }
    message
}

/// The pull request's title, which may become a commit's subject when it is merged.
pub fn plain_title(title: &str) -> String {
    match plain_subject(title) {
        title if title.is_empty() => "Untitled work".to_owned(),
        title => title,
    }
}

fn plain_subject(text: &str) -> String {
    let line = plain(text);
    let words = line.trim_start_matches(['#', '-', ':', ' ']);
    match words.char_indices().nth(SUBJECT) {
        None => words.to_owned(),
        Some((at, _)) => {
            let kept = &words[..at];
            let end = kept.rfind(' ').filter(|end| *end > SUBJECT / 2).unwrap_or(at);
            format!("{}…", words[..end].trim_end())
        }
    }
}

/// All on one paragraph, so that no line of it can be read as a trailer of ours.
fn paragraph(text: &str) -> String {
    let all = plain(text);
    let words: String = all.chars().take(WORDS).collect();
    let mut lines = vec![String::new()];
    for word in words.split(' ') {
        let is_full = lines
            .last()
            .is_some_and(|line| !line.is_empty() && line.chars().count() + word.chars().count() >= WIDTH);
        if is_full {
            lines.push(String::new());
        }
        if let Some(line) = lines.last_mut() {
            line.push_str(if line.is_empty() { "" } else { " " });
            line.push_str(word);
        }
    }
    lines.join("\n").trim().to_owned()
}

/// One line of words. A colon behind a word would make a trailer of it, brackets could tell CI to skip.
fn plain(text: &str) -> String {
    let text = visible(&mask_text(&text.split_whitespace().collect::<Vec<_>>().join(" ")));
    let mut plain = String::with_capacity(text.len());
    let mut signs = text.chars().peekable();
    while let Some(c) = signs.next() {
        match c {
            '[' => plain.push('('),
            ']' => plain.push(')'),
            '*' | '`' | '<' | '>' => {}
            // No reference, no ping.
            '#' | '@' if signs.peek().is_some_and(|next| next.is_alphanumeric()) => {}
            ':' if signs.peek() == Some(&'/') => plain.push(' '),
            c => plain.push(c),
        }
    }
    // Whatever stood between them before.
    let plain =
        plain.split(' ').filter(|word| !word.is_empty()).map(without_colon).collect::<Vec<_>>().join(" ");
    plain.replace("GH-", "GH ").replace("gh-", "gh ").replace("NO_CI", "NO CI")
}

fn without_colon(word: &str) -> String {
    match word.trim_end_matches(':') {
        kept if kept.len() == word.len() => word.to_owned(),
        kept => format!("{kept} –").trim_start().to_owned(),
    }
}

fn is_author(author: &str) -> bool {
    let Some((name, mail)) = author.strip_suffix('>').and_then(|rest| rest.split_once(" <")) else {
        return false;
    };
    let is_plain =
        |text: &str| !text.is_empty() && !text.contains(|c: char| c.is_control() || "<>".contains(c));
    // Only an address of the forge's own: nobody's mail gets into a repository by us.
    is_plain(name) && is_plain(mail) && mail.contains("@users.noreply.") && !mail.contains(' ')
}
