//! Where the files of a call lie.

use super::Call;
use crate::danger::in_path;

/// All of its files lie where the session works, and none of them holds secrets. Without any it works in its directory.
pub(super) fn is_harmless(call: &Call<'_>) -> bool {
    !call.directory.is_empty() && call.call.files().iter().all(|file| in_path(file, call.directory).is_none())
}

/// The path as rules name it: below the directory without that, elsewhere whole; without steps that lead back.
pub(crate) fn as_named(file: &str, directory: &str) -> String {
    let whole = match file.starts_with('/') {
        true => file.to_owned(),
        false => format!("{directory}/{file}"),
    };
    let mut parts: Vec<&str> = vec![];
    for part in whole.split('/') {
        match part {
            "" | "." => {}
            ".." => _ = parts.pop(),
            part => parts.push(part),
        }
    }
    let whole = format!("/{}", parts.join("/"));
    let below = whole.strip_prefix(directory.trim_end_matches('/')).and_then(|rest| rest.strip_prefix('/'));
    below.map(str::to_owned).unwrap_or(whole)
}

/// A pattern of names that leads nowhere else.
pub(super) fn stays(pattern: &str) -> bool {
    !pattern.starts_with(['/', '~']) && !pattern.split('/').any(|part| part == "..")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_named_by_where_it_leads() {
        for (file, named) in [
            ("docs/a.md", "docs/a.md"),
            ("./docs//a.md", "docs/a.md"),
            ("docs/../src/a.rs", "src/a.rs"),
            ("/work/shop/docs/a.md", "docs/a.md"),
            ("../other/a", "/work/other/a"),
            ("/work/shop2/a", "/work/shop2/a"),
            ("/../../etc/passwd", "/etc/passwd"),
        ] {
            assert_eq!(as_named(file, "/work/shop"), named, "{file}");
        }
    }
}
