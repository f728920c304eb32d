//! Seals a measured tree as one commit. It depends on nothing but the order, so the same order makes the same hash: a crash
//! between sealing and pushing repeats the same bytes.

use crate::steering::steering_words;
use crate::{OutgoingFault, Store};
use gateway_domain::find_secrets;
use git2::{Commit, ObjectType, Oid, Repository, Signature, Time};
use jiff::Timestamp;

const MAX_MESSAGE: usize = 32 * 1024;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Person {
    pub name: String,
    pub mail: String,
}

#[derive(Clone, Debug)]
pub struct SealOrder<'a> {
    /// The tree that was measured and judged.
    pub tree: &'a str,
    /// As [`parents_for`] says.
    pub parents: &'a [String],
    pub author: &'a Person,
    pub committer: &'a Person,
    pub at: Timestamp,
    /// A subject, and perhaps an empty line and more. Trailers are no part of it.
    pub message: &'a str,
    /// `Hubble-Run`, `Co-authored-by`, …
    pub trailers: &'a [(String, String)],
}

/// What a round is on top of: our last push, and the merge base besides if the agent took newer commits of the base branch in.
pub fn parents_for(
    store: &Store,
    last_pushed: Option<&str>,
    merge_base: &str,
) -> Result<Vec<String>, OutgoingFault> {
    let Some(last) = last_pushed else { return Ok(vec![merge_base.to_owned()]) };
    let told = |error: git2::Error| OutgoingFault::git("read what was pushed before", &error);
    let repository = store.open()?;
    let (last_id, base) = (Oid::from_str(last).map_err(told)?, Oid::from_str(merge_base).map_err(told)?);
    let has_base = last_id == base || repository.graph_descendant_of(last_id, base).map_err(told)?;
    let base = (!has_base).then(|| merge_base.to_owned());
    Ok([last.to_owned()].into_iter().chain(base).collect())
}

/// Returns the commit's hash.
pub fn seal(store: &Store, order: &SealOrder<'_>) -> Result<String, OutgoingFault> {
    let told = |error: git2::Error| OutgoingFault::git("seal the work", &error);
    let message = message(order)?;
    let repository = store.open()?;
    let tree = repository.find_tree(Oid::from_str(order.tree).map_err(told)?).map_err(told)?;
    let parents = order.parents.iter().map(|id| repository.find_commit(Oid::from_str(id)?));
    let parents: Vec<Commit<'_>> = parents.collect::<Result<_, _>>().map_err(told)?;
    if let [parent] = &parents[..]
        && parent.tree_id() == tree.id()
    {
        return Err(OutgoingFault::NothingChanged);
    }
    let (author, committer) = (signature(order.author, order.at)?, signature(order.committer, order.at)?);
    let written = |repository: &Repository| -> Result<Oid, git2::Error> {
        let bytes = repository.commit_create_buffer(
            &author,
            &committer,
            &message,
            &tree,
            &parents.iter().collect::<Vec<_>>(),
        )?;
        repository.odb()?.write(ObjectType::Commit, &bytes)
    };
    Ok(written(&repository).map_err(told)?.to_string())
}

fn message(order: &SealOrder<'_>) -> Result<String, OutgoingFault> {
    let refused = |why: &str| Err(OutgoingFault::Refused(format!("The commit's message {why}.")));
    let text = order.message.replace("\r\n", "\n");
    let text = text.trim();
    if text.is_empty() || text.contains(|sign: char| sign.is_control() && sign != '\n' && sign != '\t') {
        return refused("is empty or has signs that don't belong there");
    }
    let mut whole = text.to_owned() + "\n";
    if !order.trailers.is_empty() {
        whole.push('\n');
    }
    for (key, value) in order.trailers {
        if !is_trailer(key, value) {
            return refused(&format!("has a line {key:?} that is none"));
        }
        whole += &format!("{key}: {value}\n");
    }
    if let Some(words) = steering_words(&whole).first() {
        return refused(&format!("would tell CI what to do: {words:?}"));
    }
    // What only we may say, said in the text.
    let forged = order.trailers.iter().find(|(key, _)| text.lines().any(|line| says(line, key)));
    if let Some((key, _)) = forged {
        return refused(&format!("already has a line {key:?}"));
    }
    match (find_secrets(whole.as_bytes()).first(), whole.len() > MAX_MESSAGE) {
        (Some(found), _) => refused(&format!("has what looks like a secret ({})", found.rule)),
        (None, true) => refused("is too long"),
        (None, false) => Ok(whole),
    }
}

fn says(line: &str, key: &str) -> bool {
    line.trim().split_once(':').is_some_and(|(said, _)| said.trim().eq_ignore_ascii_case(key))
}

fn is_trailer(key: &str, value: &str) -> bool {
    let is_key = |sign: char| sign.is_ascii_alphanumeric() || sign == '-';
    !key.is_empty()
        && key.chars().all(is_key)
        && !value.trim().is_empty()
        && !value.contains(char::is_control)
}

/// Signs that end a name or a mail address in a commit.
const ODD: [char; 3] = ['<', '>', '\n'];

fn signature(person: &Person, at: Timestamp) -> Result<Signature<'static>, OutgoingFault> {
    let is_odd = |text: &str| text.trim().is_empty() || text.contains(ODD) || text.contains(char::is_control);
    if is_odd(&person.name) || is_odd(&person.mail) || person.mail.contains(' ') {
        return Err(OutgoingFault::Refused(
            "The commit's author has no proper name or mail address.".to_owned(),
        ));
    }
    let made = Signature::new(person.name.trim(), &person.mail, &Time::new(at.as_second(), 0));
    made.map_err(|error| OutgoingFault::git("seal the work", &error))
}
