//! `go.mod`.

use super::{Listed, add};

pub(super) fn module(all: &str) -> Result<Listed, String> {
    let mut listed = Listed::new();
    let mut block: Option<String> = None;
    for line in all.lines() {
        let line = line.split("//").next().unwrap_or_default().trim();
        let words: Vec<&str> = line.split_whitespace().collect();
        match (block.as_deref(), &words[..]) {
            (_, []) => {}
            (Some(_), [")"]) => block = None,
            (None, [directive, "("]) => block = Some((*directive).to_owned()),
            (None, [directive]) if directive.ends_with('(') => {
                block = Some(directive.trim_end_matches('(').to_owned());
            }
            (Some(directive), words) => one(directive, words, &mut listed)?,
            (None, [directive, words @ ..]) => one(directive, words, &mut listed)?,
        }
    }
    match block {
        None => Ok(listed),
        Some(_) => Err("a block of it has no end".to_owned()),
    }
}

fn one(directive: &str, words: &[&str], listed: &mut Listed) -> Result<(), String> {
    match (directive, words) {
        ("require", [module, version]) => add(listed, unquoted(module), unquoted(version)),
        ("replace", [module, rest @ ..]) if rest.contains(&"=>") => {
            add(listed, &format!("replace {}", unquoted(module)), &rest.join(" "));
        }
        ("tool" | "toolchain", [name, ..]) => add(listed, &format!("{directive} {}", unquoted(name)), ""),
        ("module" | "go" | "exclude" | "retract" | "godebug" | "ignore", _) => {}
        _ => return Err("a line of it is not known".to_owned()),
    }
    Ok(())
}

fn unquoted(word: &str) -> &str {
    word.trim_matches(['"', '`'])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn modules_are_read() {
        // REQ-DELIVER-06
        let text = "module x.test/shop\n\ngo 1.22\n\nrequire (\n\ta.test/a v1.0.0\n\tb.test/b v2.0.0 // indirect\n)\n\
                    require c.test/c v3.0.0\nreplace a.test/a => ../a\nretract [v1.0.0, v1.1.0]\n";
        let listed = module(text).unwrap();
        assert_eq!(listed["a.test/a"], "v1.0.0");
        assert_eq!(listed["b.test/b"], "v2.0.0");
        assert_eq!(listed["c.test/c"], "v3.0.0");
        assert_eq!(listed["replace a.test/a"], "=> ../a");
        for text in ["require (\n", "require a", "what is this\n"] {
            assert!(module(text).is_err(), "{text}");
        }
    }
}
