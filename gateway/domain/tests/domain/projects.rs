//! The project list as people keep it: read with its mistakes, grown by one project, matched with titles.

use gateway_domain::{NewProject, ProjectList, ProjectStatus, infer};
use proptest::prelude::*;

const LIST: &str = "\
# Projects

Kept by Anna; ask her first.

| ID | Name | Status | Repos | Category | Slack channel | Owner |
|----|------|:------:|-------|----------|---------|-------|
| P-001 | Web Shop | active | web, [api](https://git.test/shop/api.git) | feature | #shop | Anna |
| P-002 | Courier App | on hold | https://git.test/courier.git | feature | | Ben |
| P-003 | Tax \\| Reports | active | | reporting | #tax | |

More text below.
";

fn new(name: &str) -> NewProject {
    NewProject { name: name.to_owned(), repositories: vec!["web".to_owned()], ..NewProject::default() }
}

#[test]
fn a_table_is_read() {
    // REQ-START-12
    let list = ProjectList::parse(LIST);
    assert_eq!(list.faults, []);
    let shop = list.get("P-001").unwrap();
    assert_eq!((shop.name.as_str(), shop.channel.as_deref()), ("Web Shop", Some("#shop")));
    let repositories: Vec<_> =
        shop.repositories.iter().map(|one| (one.name.as_str(), one.remote.as_deref())).collect();
    assert_eq!(repositories, [("web", None), ("api", Some("https://git.test/shop/api.git"))]);
    assert_eq!(list.get("P-002").unwrap().status, ProjectStatus::Paused);
    assert_eq!(list.get("P-002").unwrap().repositories[0].name.as_str(), "courier");
    assert_eq!(list.get("P-003").unwrap().name, "Tax | Reports");
}

#[test]
fn a_list_of_items_is_read_too() {
    // REQ-START-12
    let text =
        "- id: 7; name: Shop; status: active; repositories: web, api\n- buy milk\n* id: 8; name: Blog\n";
    let list = ProjectList::parse(text);
    assert_eq!((list.projects.len(), list.faults.len()), (2, 0));
    assert_eq!(list.projects[0].repositories.len(), 2);
    let (grown, added) = ProjectList::add(text, &new("Wiki")).unwrap();
    assert_eq!(added.id.as_str(), "9");
    assert_eq!(grown, format!("{text}- id: 9; name: Wiki; status: active; repositories: web\n"));
}

#[test]
fn broken_rows_and_duplicates_are_told_with_their_line_and_the_rest_is_used() {
    // REQ-START-12, bad input
    let text = "\
| id | name | status | repositories |
|---|---|---|---|
| 1 | Shop | active | web |
| 1 | Other | active | web |
| 2 | shop | active | web |
| | Nameless | active | |
| ../3 | Escape | active | |
| 4 | | active | |
| 5 | Odd | perhaps | |
| 6 | Evil | active | [x](ext::sh -c id) |
| 7 | Local | active | [x](file:///etc) |
| 8 | Blog | active | -rf |
| 9 | Fine |
";
    let list = ProjectList::parse(text);
    let used: Vec<_> = list.projects.iter().map(|project| project.id.as_str()).collect();
    assert_eq!(used, ["1", "9"]);
    let lines: Vec<_> = list.faults.iter().map(|fault| fault.line).collect();
    assert_eq!(lines, [4, 5, 6, 7, 8, 9, 10, 11, 12]);
    assert_eq!(
        list.faults[0].to_string(),
        "line 4: line 3 already uses the id 1; give this project another one"
    );
    assert!(list.faults[3].why.contains("../3"), "{}", list.faults[3]);
}

#[test]
fn an_example_in_a_code_block_is_no_project() {
    let text = "```\n| id | name |\n|--|--|\n| 1 | Example |\n```\n\n| id | name |\n|--|--|\n| 2 | Real |\n";
    let list = ProjectList::parse(text);
    assert_eq!(list.projects.len(), 1);
    assert_eq!(ProjectList::add(text, &new("Next")).unwrap().1.id.as_str(), "3");
}

#[test]
fn a_new_project_takes_the_next_free_id_and_all_other_text_stays() {
    // REQ-START-12
    let (grown, added) = ProjectList::add(LIST, &new("Loyalty | Points")).unwrap();
    assert_eq!((added.id.as_str(), added.name.as_str()), ("P-004", "Loyalty | Points"));
    let row = "| P-004 | Loyalty \\| Points | active | web |  |  |  |\n";
    assert_eq!(grown.replace(row, ""), LIST);
    assert!(grown.contains("#tax | |\n| P-004"), "{grown}");
    assert_eq!(ProjectList::add("", &new("First")).unwrap().1.id.as_str(), "P-001");
    let (windows, _) = ProjectList::add("| id | name |\r\n|--|--|\r\n| 1 | A |", &new("B")).unwrap();
    assert_eq!(windows, "| id | name |\r\n|--|--|\r\n| 1 | A |\r\n| 2 | B |\r\n");
}

#[test]
fn what_could_not_be_read_back_is_not_added() {
    let taken = ProjectList::add(LIST, &new("web shop")).unwrap_err();
    assert!(taken.why.contains("line 7 already uses the name"), "{taken}");
    assert!(ProjectList::add(LIST, &new(" ")).is_err());
    let odd = NewProject { repositories: vec!["../x".to_owned()], ..new("Odd") };
    assert!(ProjectList::add(LIST, &odd).is_err());
}

#[test]
fn a_name_is_as_long_as_it_was_given_and_one_line() {
    let (long, lines) = (format!("Wiki{}", "*".repeat(118)), "Wi\nki".to_owned());
    for name in [&long, &lines] {
        assert!(ProjectList::add(LIST, &new(name)).unwrap_err().why.contains("one line of at most 120"));
    }
}

#[test]
fn a_repository_that_would_be_read_back_as_another_is_refused() {
    for name in ["web*", "`web`", " web", "web,api", ""] {
        let odd = NewProject { repositories: vec![name.to_owned()], ..new("Odd") };
        let refused = ProjectList::add(LIST, &odd).unwrap_err();
        assert!(refused.why.contains("is not a valid repository"), "{name}: {}", refused.why);
    }
}

#[test]
fn a_title_leads_to_its_project_or_to_the_choice() {
    // REQ-START-12
    let list = ProjectList::parse(LIST);
    let sure = infer(&list, "Add a wish list to the web shop");
    assert_eq!(sure.project.as_ref().map(ToString::to_string).as_deref(), Some("P-001"));
    assert_eq!(sure.workspace.as_str(), "p-001-add-a-wish-list-to-the-web-shop");
    assert!(sure.confidence >= 0.6 && sure.repositories.len() == 2, "{sure:?}");
    assert_eq!(sure.category.as_deref(), Some("feature"));
    let by_id = infer(&list, "P-003: round to cents");
    assert_eq!(by_id.project.as_ref().map(ToString::to_string).as_deref(), Some("P-003"));
    for unclear in ["Fix the thing", "Improve the courier app", "feature"] {
        let unclear = infer(&list, unclear);
        assert_eq!(unclear.project, None, "{unclear:?}");
        assert_eq!(unclear.active.len(), 2, "only active ones are offered");
    }
}

/// Projects of a company that builds tools; `AI` has two whose names share words.
const COMPANY: &str = "\
| id | name | status | repositories | category | channel |
|---|---|---|---|---|---|
| 0009 | OpenCode Gateway | active | gateway | ai-dev | ai-dev |
| 0012 | OpenCode Slack Integration | active | slack-bot | ai-dev | ai-dev |
| 0013 | Billing Service | active | billing | finance | finance |
| 0014 | Customer Portal | active | portal | web | web |
| 0015 | Data Platform Migration | active | | data | data |
| 0016 | Mobile App | active | app | mobile | mobile |
";

#[test]
fn a_part_of_a_name_is_enough_where_it_is_the_telling_part() {
    // F2, REQ-START-12: the user's own example
    let inferred = infer(&ProjectList::parse(COMPANY), "Add auth to OpenCode Slack");
    assert_eq!(inferred.project.as_ref().map(ToString::to_string).as_deref(), Some("0012"), "{inferred:?}");
    assert_eq!(inferred.workspace.as_str(), "0012-add-auth-to-opencode-slack");
    assert_eq!((inferred.category.as_deref(), inferred.channel.as_deref()), (Some("ai-dev"), Some("ai-dev")));
}

#[test]
fn titles_that_were_not_looked_at_before_lead_where_a_person_would_file_them() {
    // F2, REQ-START-12: "-" is filed nowhere without a question
    let list = ProjectList::parse(COMPANY);
    let titles = [
        ("0012", "OpenCode Slack integration: retry failed posts"),
        ("0009", "Upgrade the OpenCode gateway to the new protocol"),
        ("0013", "Round invoices in the billing service"),
        ("0014", "Dark mode for the customer portal"),
        ("0015", "Dry run of the data platform migration"),
        ("0016", "0016 crash on start"),
        ("-", "Fix the app"),
        ("-", "Write about OpenCode"),
        ("-", "Add a Slack emoji"),
        ("-", "Improve the service"),
        ("-", "Plan the migration of the customer data"),
        ("-", "Set up the platform"),
        ("-", "New mobile layout"),
        ("-", "Explain the integration of systems"),
    ];
    let filed = |title| infer(&list, title).project.map_or("-".to_owned(), |id| id.to_string());
    let wrong: Vec<_> = titles
        .iter()
        .filter(|(project, title)| filed(title) != *project)
        .map(|(_, title)| (title, filed(title)))
        .collect();
    assert!(wrong.is_empty(), "{wrong:?}");
}

proptest! {
    #[test]
    fn whatever_the_file_holds_adding_keeps_its_text(text in "(\\| id \\| name \\|\n)?([-|a-z0-9; :\r\n`]{0,20}\n){0,6}", name in "[A-Za-z]{1,10}") {
        // REQ-START-12
        if let Ok((grown, added)) = ProjectList::add(&text, &new(&name)) {
            let list = ProjectList::parse(&grown);
            prop_assert!(list.get(added.id.as_str()).is_some());
            let kept: String = grown.lines().filter(|line| text.lines().any(|old| old == *line)).collect();
            prop_assert!(text.lines().all(|line| kept.contains(line)), "{}", grown);
        }
    }
}
