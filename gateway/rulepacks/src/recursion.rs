//! Rego has no functions that call themselves. The engine looks for rules that do and not for functions, and one would use
//! up the stack and take the gateway with it; so packs are searched for them before they are asked anything.
//!
//! Which functions a function's text names is read from the text itself: a name too many only refuses what could have
//! been written otherwise.

use crate::PackFault;
use regorus::Engine;
use regorus::unstable::{Module, Rule, RuleHead};
use std::collections::{BTreeMap, BTreeSet};

/// What calls what can be as deep as this, and the stack has room for it.
const MAX_RULES: usize = 2_000;

struct Function {
    file: String,
    line: u32,
    /// Full paths that its text names.
    names: BTreeSet<String>,
}

pub(crate) fn check(engine: &mut Engine) -> Result<(), PackFault> {
    let modules = engine.get_modules();
    let rules: usize = modules.iter().map(|module| module.policy.len()).sum();
    if rules > MAX_RULES {
        return Err(PackFault::of(
            "rules",
            format!("There are {rules} rules, and {MAX_RULES} are the most."),
        ));
    }
    let mut functions: BTreeMap<String, Function> = BTreeMap::new();
    for module in modules.iter() {
        for (path, function) in functions_of(module) {
            match functions.get_mut(&path) {
                Some(known) => known.names.extend(function.names),
                None => {
                    functions.insert(path, function);
                }
            }
        }
    }
    match functions.iter().find(|(path, _)| reaches_itself(path, &functions)) {
        Some((path, Function { file, line, .. })) => {
            let name = path.rsplit('.').next().unwrap_or_default();
            Err(PackFault::at(
                file,
                Some(*line),
                format!("The function {name} calls itself, perhaps by way of another."),
            ))
        }
        None => Ok(()),
    }
}

fn reaches_itself(start: &str, functions: &BTreeMap<String, Function>) -> bool {
    let mut next = vec![start];
    let mut seen = BTreeSet::new();
    while let Some(path) = next.pop() {
        for name in functions.get(path).into_iter().flat_map(|function| &function.names) {
            if name == start {
                return true;
            }
            if functions.contains_key(name) && seen.insert(name.as_str()) {
                next.push(name);
            }
        }
    }
    false
}

fn functions_of(module: &Module) -> Vec<(String, Function)> {
    let package = format!("data.{}", plain(module.package.refr.span().text()));
    let imports = imports(module);
    let text = module.package.span.source.contents();
    let mut found = vec![];
    for (n, rule) in module.policy.iter().enumerate() {
        let Rule::Spec { span, head: RuleHead::Func { refr, .. }, .. } = rule.as_ref() else { continue };
        let end = module.policy.get(n + 1).map_or(text.len(), |next| next.span().start as usize);
        // Behind its own name.
        let body = text.get(refr.span().end as usize..end).unwrap_or(text.as_str());
        let names = chains(body).into_iter().map(|chain| full(&chain, &package, &imports)).collect();
        let path = full(&plain(refr.span().text()), &package, &BTreeMap::new());
        found.push((path, Function { file: span.source.file().clone(), line: span.line, names }));
    }
    found
}

/// What a module calls others by.
fn imports(module: &Module) -> BTreeMap<String, String> {
    let named = module.imports.iter().map(|import| {
        let path = plain(import.refr.span().text());
        let name = import.r#as.as_ref().map(|name| name.text().to_owned());
        (name.unwrap_or_else(|| path.rsplit('.').next().unwrap_or_default().to_owned()), path)
    });
    named.collect()
}

fn full(chain: &str, package: &str, imports: &BTreeMap<String, String>) -> String {
    let (first, rest) = chain.split_at(chain.find('.').unwrap_or(chain.len()));
    match (first, imports.get(first)) {
        (_, Some(import)) => format!("{import}{rest}"),
        ("data" | "input", None) => chain.to_owned(),
        _ => format!("{package}.{chain}"),
    }
}

/// `a["b"].c` is `a.b.c`.
fn plain(path: &str) -> String {
    chains(path).into_iter().next().unwrap_or_default()
}

/// Names with what stands behind their dots, in all of a text but its comments.
fn chains(text: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let mut chain = String::new();
    let text = without_comments(text);
    let mut rest = text.as_str();
    while let Some(c) = rest.chars().next() {
        let is_name = |c: char| c.is_ascii_alphanumeric() || c == '_';
        if is_name(c) {
            let end = rest.find(|c| !is_name(c)).unwrap_or(rest.len());
            chain.push_str(&rest[..end]);
            rest = &rest[end..];
            continue;
        }
        let dot = [".", "[\""].into_iter().find(|dot| rest.starts_with(dot));
        match dot {
            Some(dot) if !chain.is_empty() && !chain.ends_with('.') => {
                chain.push('.');
                rest = &rest[dot.len()..];
            }
            _ => {
                let closes = rest.starts_with("\"]") && !chain.is_empty();
                if !closes {
                    found.insert(std::mem::take(&mut chain));
                }
                rest = &rest[if closes { 2 } else { c.len_utf8() }..];
            }
        }
    }
    found.insert(chain);
    found.remove("");
    found
}

fn without_comments(text: &str) -> String {
    let (mut plain, mut quote, mut is_escaped, mut is_comment) = (String::new(), None, false, false);
    for c in text.chars() {
        is_comment &= c != '\n';
        if is_comment {
            continue;
        }
        match (quote, c) {
            (None, '#') => {
                is_comment = true;
                continue;
            }
            (None, '"' | '`') => quote = Some(c),
            (Some(open), c) if c == open && !is_escaped => quote = None,
            _ => {}
        }
        is_escaped = quote == Some('"') && c == '\\' && !is_escaped;
        plain.push(c);
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_with_what_stands_behind_their_dots() {
        let found = chains("f(x) := lib.g(data[\"a\"].b, \"# h\") # i(\n j[k]");
        let names: Vec<_> = found.iter().map(String::as_str).collect();
        assert_eq!(names, ["data.a.b", "f", "h", "j", "k", "lib.g", "x"]);
    }
}
