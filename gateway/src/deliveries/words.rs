//! What a delivery says to its session, in the domain's words.

use gateway_delivery::{Choice, DeliveryAsk, DeliveryRecord, DeliveryStage, RunId, ThreadLine, sentences};
use gateway_domain::thread::Tone;
use gateway_domain::{DeliveryCard, DeliverySheet, DeliveryWord, PullLink, Question};

pub(super) fn line(run: &RunId, line: ThreadLine, stage: DeliveryStage) -> DeliveryWord {
    let ThreadLine { key, at, text, details, links } = line;
    // The run stands in front of it.
    let key = key.split_once(' ').map_or(key.as_str(), |(_, key)| key).to_owned();
    let links = links.into_iter().filter(|link| !text.contains(&link.url));
    let links: String = links.map(|link| format!(" {}: {}", link.label, link.url)).collect();
    let text = format!("{} {text}{links}", sign(&key));
    let details = (!details.is_empty()).then(|| details.join("\n"));
    let (tone, key) = (tone(&key, stage), key.replace(' ', "_"));
    DeliveryWord::Line { run: run.to_string(), tone, key, at, text, details }
}

/// By what the line tells of.
fn sign(key: &str) -> &'static str {
    match key.split(' ').next().unwrap_or_default() {
        "begun" => "📦",
        "measured" => "📏",
        "checked" => "🧪",
        "judged" | "tier" => "⚖️",
        "pushed" => "⬆️",
        "opened" => "📝",
        "ci" => "⏳",
        "review" | "comment" => "💬",
        "end" => "🏁",
        _ => "📦",
    }
}

fn tone(key: &str, stage: DeliveryStage) -> Tone {
    match (key, stage) {
        ("end", DeliveryStage::Merged) => Tone::Good,
        (_, DeliveryStage::Failed) => Tone::Error,
        ("judged" | "needs person" | "moved" | "refused", _) => Tone::Warning,
        _ => Tone::Info,
    }
}

pub(super) fn card(record: &DeliveryRecord) -> DeliveryCard {
    DeliveryCard {
        run: record.run.to_string(),
        repository: record.repository.name.clone(),
        stage: record.stage.name().to_owned(),
        word: word(record).to_owned(),
        because: record.because.clone(),
        risk: sentences::tier(record.tier).to_owned(),
        pull: pull(record),
        over: record.stage.is_over(),
    }
}

pub(super) fn pull(record: &DeliveryRecord) -> Option<PullLink> {
    let pull = record.pull.as_ref()?;
    Some(PullLink { number: pull.number, url: pull.url.clone() })
}

/// How it stands, for people.
pub(super) fn word(record: &DeliveryRecord) -> &'static str {
    if record.paused.is_some() && !record.stage.is_over() {
        return "Paused";
    }
    match record.stage {
        DeliveryStage::Planned => "Planned",
        DeliveryStage::PlanAsked
        | DeliveryStage::BudgetAsked
        | DeliveryStage::Asked
        | DeliveryStage::NeedsPerson
        | DeliveryStage::Moved => "Needs a decision",
        DeliveryStage::Working => "Agent at work",
        DeliveryStage::Measuring => "Measuring",
        DeliveryStage::Validating => "Running checks",
        DeliveryStage::Judging => "Rules are judging",
        DeliveryStage::Pushing => "Pushing",
        DeliveryStage::Opening => "Opening the draft",
        DeliveryStage::WaitingCi => "Waiting for CI",
        DeliveryStage::Fixing => "Agent fixes CI",
        DeliveryStage::Reviewable => "Getting ready",
        DeliveryStage::InReview => "In review",
        DeliveryStage::Approved => "Approved",
        DeliveryStage::Refused => "Refused by the rules",
        DeliveryStage::Merged => "Merged",
        DeliveryStage::Closed => "Closed",
        DeliveryStage::Shadowed => "Shadow run done",
        DeliveryStage::Stopped => "Stopped",
        DeliveryStage::Nothing => "Nothing to deliver",
        DeliveryStage::Failed => "Failed",
    }
}

pub(super) fn ask(record: &DeliveryRecord, ask: &DeliveryAsk) -> DeliveryWord {
    let options = ask.choices.iter().map(|choice| choice.label().to_owned()).collect();
    let question = Question { question: ask.says.clone(), options, descriptions: vec![], multiple: false };
    DeliveryWord::Ask(Box::new(DeliverySheet {
        run: record.run.to_string(),
        request: ask.id.clone(),
        repository: record.repository.name.clone(),
        says: ask.says.clone(),
        details: ask.details.clone(),
        questions: vec![question],
        yes: ask
            .choices
            .iter()
            .find(|choice| **choice == Choice::GoOn)
            .map(|choice| choice.label().to_owned()),
        tree: ask.tree.clone(),
        pack: ask.pack.clone(),
        people: ask.people,
        said_yes: ask.yes.iter().map(|who| who.name.clone()).collect(),
        until: ask.until,
    }))
}

/// What an answer means. Own words send it back to the agent, or go with what the agent is to do.
pub(super) fn choice(ask: &DeliveryAsk, answer: &str) -> Option<(Choice, Option<String>)> {
    let answer = answer.trim();
    if let Some(choice) = ask.choices.iter().find(|choice| choice.label() == answer) {
        return Some((*choice, None));
    }
    let with_words = [Choice::SendBack, Choice::Fix, Choice::Address];
    let takes = with_words.into_iter().find(|choice| ask.choices.contains(choice))?;
    (!answer.is_empty()).then(|| (takes, Some(answer.to_owned())))
}

#[cfg(test)]
mod tests {
    use super::*;
    use gateway_delivery::AskAbout;

    fn asking(choices: Vec<Choice>) -> DeliveryAsk {
        DeliveryAsk {
            id: "a1".into(),
            about: AskAbout::ChecksRed,
            says: "The checks are red.".into(),
            details: vec![],
            choices,
            tree: None,
            pack: None,
            people: 1,
            not_by_requester: false,
            yes: vec![],
            until: None,
        }
    }

    #[test]
    fn own_words_go_to_the_agent_and_never_let_anything_out() {
        // REQ-DELIVER-08
        let ask = asking(vec![Choice::GoOn, Choice::SendBack, Choice::Stop]);
        assert_eq!(choice(&ask, "Continue anyway"), Some((Choice::GoOn, None)));
        assert_eq!(choice(&ask, " Stop "), Some((Choice::Stop, None)));
        let words = "continue anyway, it's fine";
        assert_eq!(choice(&ask, words), Some((Choice::SendBack, Some(words.to_owned()))));
        assert_eq!(choice(&asking(vec![Choice::TakeIn, Choice::LeaveIt]), words), None);
        assert_eq!(choice(&ask, "  "), None);
    }
}
