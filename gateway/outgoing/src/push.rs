//! Pushes a sealed commit: forward from our own last one, or onto a name that nobody has. Never over others' commits, and
//! the same push again does nothing (REQ-DELIVER-15).

use crate::fetch::{fetch_branch, reference};
use crate::git_output::last_words;
use crate::push_answer::{self, Answer, refused_at_the_door};
use crate::{GitProgram, OutgoingFault, Remote, Store};
use gateway_domain::mask_text;
use git2::{Oid, Repository};

/// Strangers' commits that are told; nobody reads more in a thread.
const MAX_STRANGERS: usize = 20;

/// Longest name or subject that is told.
const MAX_WORDS: usize = 100;

#[derive(Clone, Copy, Debug)]
pub struct Push<'a> {
    pub store: &'a Store,
    pub remote: &'a Remote,
    pub git: &'a GitProgram,
    pub branch: &'a str,
    /// As it was sealed.
    pub commit: &'a str,
    pub expected: Expected<'a>,
}

/// Where the branch must be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Expected<'a> {
    /// Nobody has a branch of that name.
    Absent,
    /// The commit that we pushed last.
    At(&'a str),
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Pushed {
    Pushed,
    /// It was there already: an earlier try had come through.
    AlreadyThere,
    /// Nothing was pushed. `now` is none when the branch is gone.
    Moved {
        now: Option<String>,
        by: Vec<Stranger>,
    },
    /// A sentence. Trying again changes nothing.
    Refused(String),
    /// It may have come through; [`head_of`] finds out. What was said, for people.
    Unknown(String),
}

/// A commit on our branch that isn't ours.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stranger {
    pub commit: String,
    /// As they call themselves.
    pub author: String,
    pub subject: String,
}

pub async fn push(push: &Push<'_>) -> Result<Pushed, OutgoingFault> {
    let reference = reference(push.branch)?;
    let commit = forward(push)?;
    let lease = match push.expected {
        Expected::Absent => format!("--force-with-lease={reference}:"),
        Expected::At(last) => format!("--force-with-lease={reference}:{last}"),
    };
    let refspec = format!("{commit}:{reference}");
    let args = ["push", "--porcelain", "--no-verify", &lease, "--", push.remote.address(), &refspec];
    let ended = match push.git.run(&push.store.place, push.remote, &args).await {
        Err(OutgoingFault::TimedOut(told)) => return found_out(push, Pushed::Unknown(told)).await,
        ended => ended?,
    };
    match push_answer::read(&ended.out, &ended.err, &reference, ended.status.success()) {
        Answer::Pushed => Ok(Pushed::Pushed),
        Answer::UpToDate => Ok(Pushed::AlreadyThere),
        Answer::Refused(sentence) => Ok(Pushed::Refused(sentence)),
        Answer::Stale => found_out(push, Pushed::Unknown("The branch has moved.".to_owned())).await,
        Answer::Unclear(said) => found_out(push, Pushed::Unknown(said)).await,
    }
}

/// The commit, if nothing would be lost by it.
fn forward(push: &Push<'_>) -> Result<Oid, OutgoingFault> {
    let told = |error: git2::Error| OutgoingFault::git("read what is pushed", &error);
    let repository = push.store.open()?;
    let commit = repository.find_commit(Oid::from_str(push.commit).map_err(told)?).map_err(told)?.id();
    if let Expected::At(last) = push.expected {
        let last = Oid::from_str(last).map_err(told)?;
        if last != commit && !repository.graph_descendant_of(commit, last).map_err(told)? {
            return Err(OutgoingFault::Refused(
                "The commit isn't on top of what was pushed before, so pushing it would take that away."
                    .to_owned(),
            ));
        }
    }
    Ok(commit)
}

/// Looks where the branch is. What remains unclear stays so: the same push again is safe.
async fn found_out(push: &Push<'_>, unknown: Pushed) -> Result<Pushed, OutgoingFault> {
    let Ok(now) = head_of(push.store, push.remote, push.git, push.branch).await else { return Ok(unknown) };
    let expected = match push.expected {
        Expected::Absent => None,
        Expected::At(last) => Some(last),
    };
    match now {
        Some(now) if now == push.commit => Ok(Pushed::AlreadyThere),
        now if now.as_deref() == expected => Ok(unknown),
        now => {
            let by = match now {
                Some(_) => strangers(push).await,
                None => vec![],
            };
            Ok(Pushed::Moved { now, by })
        }
    }
}

/// Where the forge has the branch; none when it has none of that name.
pub async fn head_of(
    store: &Store,
    remote: &Remote,
    git: &GitProgram,
    branch: &str,
) -> Result<Option<String>, OutgoingFault> {
    let reference = reference(branch)?;
    let ended = git.run(&store.place, remote, &["ls-remote", "--", remote.address(), &reference]).await?;
    if !ended.status.success() {
        return Err(match refused_at_the_door(&ended.err) {
            Some(sentence) => OutgoingFault::Refused(sentence),
            None => OutgoingFault::Failed(format!(
                "The repository's server doesn't answer: {}",
                last_words(&ended.err)
            )),
        });
    }
    let lines = ended.out.lines().filter_map(|line| line.split_once('\t'));
    let mut named = lines.filter(|(id, name)| *name == reference && Oid::from_str(id).is_ok());
    Ok(named.next().map(|(id, _)| id.to_owned()))
}

/// The newest first. That they can't be read doesn't change that the branch has moved.
async fn strangers(push: &Push<'_>) -> Vec<Stranger> {
    let Ok(now) = fetch_branch(push.store, push.remote, push.git, push.branch).await else { return vec![] };
    let read = || -> Result<Vec<Stranger>, git2::Error> {
        let repository = Repository::open_bare(&push.store.place)?;
        let mut walk = repository.revwalk()?;
        walk.push(Oid::from_str(&now)?)?;
        walk.hide(Oid::from_str(push.commit)?)?;
        if let Expected::At(last) = push.expected {
            walk.hide(Oid::from_str(last)?)?;
        }
        walk.take(MAX_STRANGERS).map(|id| Ok(stranger(&repository.find_commit(id?)?))).collect()
    };
    read().unwrap_or_default()
}

fn stranger(commit: &git2::Commit<'_>) -> Stranger {
    let words = |bytes: &[u8]| -> String {
        let text = String::from_utf8_lossy(bytes).into_owned();
        mask_text(&text).chars().filter(|sign| !sign.is_control()).take(MAX_WORDS).collect()
    };
    let subject = commit.summary_bytes().unwrap_or_default();
    Stranger {
        commit: commit.id().to_string(),
        author: words(commit.author().name_bytes()),
        subject: words(subject),
    }
}
