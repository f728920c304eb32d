//! The branch of a run: `hubble/HB-20261128-k3f9-fix-login-redirect`.

use crate::RunId;

/// Longest name of a branch.
const MAX_BRANCH: usize = 60;

/// Whatever the title is, the name is one that git and every forge take. The run's id makes it the only one.
pub fn branch_name(prefix: &str, run: &RunId, title: &str) -> String {
    let head = format!("{prefix}{run}");
    let room = MAX_BRANCH.saturating_sub(head.len() + 1);
    match slug(title, room) {
        slug if slug.is_empty() => head,
        slug => format!("{head}-{slug}"),
    }
}

/// Words of small letters and digits with hyphens between them; cut between words where that is possible.
fn slug(title: &str, room: usize) -> String {
    let mut slug = String::new();
    for word in words(title) {
        let hyphen = usize::from(!slug.is_empty());
        if slug.len() + hyphen + word.len() > room {
            if slug.is_empty() {
                slug.extend(word.chars().take(room));
            }
            break;
        }
        if hyphen == 1 {
            slug.push('-');
        }
        slug.push_str(&word);
    }
    slug
}

/// Of so much of a title: nobody's name gets longer by what is behind.
const READ: usize = 400;

fn words(title: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    for c in title.chars().take(READ) {
        let plain = plain(c);
        match (plain.is_empty(), c.is_alphanumeric() || is_accent(c), words.last_mut()) {
            (false, _, Some(word)) => word.push_str(&plain),
            // A letter that we cannot spell doesn't end the word.
            (true, true, _) | (_, _, None) => {}
            (true, false, Some(_)) => words.push(String::new()),
        }
    }
    words.retain(|word| !word.is_empty());
    words
}

fn is_accent(c: char) -> bool {
    matches!(c, '\u{300}'..='\u{36f}' | '\'' | '’')
}

/// A letter in plain ones, as people of that language spell it without.
fn plain(c: char) -> String {
    let lower: String = c.to_lowercase().collect();
    if lower.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit()) {
        return lower;
    }
    let spelled = match lower.chars().next().unwrap_or(c) {
        'ä' | 'æ' => "ae",
        'ö' | 'œ' | 'ø' => "oe",
        'ü' => "ue",
        'ß' => "ss",
        'þ' => "th",
        'à'..='å' | 'ā' | 'ă' | 'ą' => "a",
        'ç' | 'ć' | 'ĉ' | 'ċ' | 'č' => "c",
        'ď' | 'đ' | 'ð' => "d",
        'è'..='ë' | 'ē' | 'ĕ' | 'ė' | 'ę' | 'ě' => "e",
        'ĝ' | 'ğ' | 'ġ' | 'ģ' => "g",
        'ì'..='ï' | 'ĩ' | 'ī' | 'ĭ' | 'į' | 'ı' => "i",
        'ķ' => "k",
        'ĺ' | 'ļ' | 'ľ' | 'ł' => "l",
        'ñ' | 'ń' | 'ņ' | 'ň' => "n",
        'ò'..='õ' | 'ō' | 'ŏ' | 'ő' => "o",
        'ŕ' | 'ŗ' | 'ř' => "r",
        'ś' | 'ŝ' | 'ş' | 'š' | 'ș' => "s",
        'ţ' | 'ť' | 'ț' => "t",
        'ù'..='û' | 'ũ' | 'ū' | 'ŭ' | 'ů' | 'ű' | 'ų' => "u",
        'ý' | 'ÿ' => "y",
        'ź' | 'ż' | 'ž' => "z",
        _ => "",
    };
    spelled.to_owned()
}
