//! REQ-DELIVER-11: what goes through GraphQL only.

use crate::client::{ask, token};
use crate::stage::stage;
use forge_sim::{CiRule, Rule};
use serde_json::json;

const READY: &str = "mutation R($id: ID!) { markPullRequestReadyForReview(input: {pullRequestId: $id}) { pullRequest { isDraft number } } }";
const DRAFT: &str = "mutation D($input: ConvertPullRequestToDraftInput!) { convertPullRequestToDraft(input: $input) { pullRequest { isDraft } } }";
const AUTO: &str = "mutation A($input: EnablePullRequestAutoMergeInput!) { enablePullRequestAutoMerge(input: $input) { pullRequest { autoMergeRequest { enabledBy { login } mergeMethod } } } }";

#[tokio::test]
async fn a_draft_becomes_ready_and_a_draft_again() {
    let stage = stage().await;
    let id = stage.opened(true).await;
    let ready = stage.graphql(READY, json!({ "id": id })).await;
    assert_eq!(
        ready,
        json!({ "data": { "markPullRequestReadyForReview": { "pullRequest": { "isDraft": false, "number": 1 } } } })
    );
    let draft = stage.graphql(DRAFT, json!({ "input": { "pullRequestId": id } })).await;
    assert_eq!(draft["data"]["convertPullRequestToDraft"]["pullRequest"]["isDraft"], true);
    let reader =
        token(&stage.forge, stage.installation, json!({ "permissions": { "pull_requests": "read" } })).await;
    let body = json!({ "query": READY, "variables": { "id": id } });
    let refused = ask(&stage.forge, &reader, "POST", "/graphql", body).await.expect(200);
    assert_eq!(refused["errors"][0]["message"], "Resource not accessible by integration");
    assert_eq!(refused["data"], json!({ "markPullRequestReadyForReview": null }));
    assert!(stage.shop.pull(1).unwrap().draft);
    assert_eq!(stage.forge.count("graphql markPullRequestReadyForReview"), 2);
}

#[tokio::test]
async fn errors_come_with_status_200() {
    let stage = stage().await;
    for (query, words) in [
        (
            "{ repository(owner: \"acme\", name: \"gone\") { id } }",
            "Could not resolve to a Repository with the name 'acme/gone'.",
        ),
        (
            "{ repository(owner: \"acme\", name: \"shop\") { nonsense } }",
            "Field 'nonsense' doesn't exist on type 'Repository'",
        ),
        ("{ repository(owner: \"acme\", name: \"shop\") { pullRequest(number: 9) { id } } }", "number of 9"),
        ("{ node(id: \"x\") { id } }", "global id of 'x'"),
        ("{ repository(", "Parse error"),
        ("mutation { explode(input: {}) { x } }", "Field 'explode' doesn't exist on type 'Mutation'"),
    ] {
        let answer = stage.graphql(query, json!({})).await;
        assert!(answer["errors"][0]["message"].as_str().unwrap().contains(words), "{query}: {answer}");
    }
    let body = json!({ "query": "{ viewer { login } }" });
    ask(&stage.forge, "", "POST", "/graphql", body).await.expect(401);
}

#[tokio::test]
async fn auto_merge_waits_for_the_gates_of_the_expected_head() {
    let stage = stage().await;
    let id = stage.opened(false).await;
    let sha = stage.shop.tip("fix").unwrap();
    let input = json!({ "input": { "pullRequestId": id, "expectedHeadOid": sha, "mergeMethod": "SQUASH" } });
    let say =
        |answer: serde_json::Value| answer["errors"][0]["message"].as_str().unwrap_or_default().to_owned();
    assert!(say(stage.graphql(AUTO, input.clone()).await).contains("not allowed for this repository"));
    stage.shop.allow_auto_merge(true);
    assert!(say(stage.graphql(AUTO, input.clone()).await).contains("clean status"));
    stage.shop.rule("main", Rule::RequiredChecks(vec!["test".to_owned()]));
    let stale = json!({ "input": { "pullRequestId": id, "expectedHeadOid": "0".repeat(40) } });
    assert!(say(stage.graphql(AUTO, stale).await).contains("expected head oid"));
    let enabled = stage.graphql(AUTO, input).await;
    let request = &enabled["data"]["enablePullRequestAutoMerge"]["pullRequest"]["autoMergeRequest"];
    assert_eq!(request, &json!({ "enabledBy": { "login": "hubble" }, "mergeMethod": "SQUASH" }));
    assert!(!stage.shop.pull(1).unwrap().merged);
    stage.shop.status(&sha, "test", "success");
    let merged = stage.shop.pull(1).unwrap();
    assert!(merged.merged && merged.ended_by.as_deref() == Some("hubble[bot]"), "{merged:?}");
}

#[tokio::test]
async fn one_query_shows_the_rollup_with_what_is_required() {
    let stage = stage().await;
    stage.shop.ci(CiRule::passes("test"));
    stage.shop.ci(CiRule::passes("lint").as_status());
    stage.shop.rule("main", Rule::RequiredChecks(vec!["test".to_owned()]));
    stage.shop.push("ann", "fix", &[("x", Some("x"))], "x\n").unwrap();
    stage.opened(false).await;
    let query = "query Q($n: Int!) { repository(owner: \"acme\", name: \"shop\") { pr: pullRequest(number: $n) {
        statusCheckRollup: commits(last: 1) { nodes { commit { statusCheckRollup { state contexts(first: 1) {
            totalCount pageInfo { hasNextPage } nodes { __typename ... on CheckRun { name status isRequired(pullRequestNumber: $n) }
            ... on StatusContext { context } } } } } } } reviewThreads(first: 5) { nodes { id isResolved } } } } }";
    let empty = stage.graphql(query, json!({ "n": 1 })).await;
    let rollup = "/data/repository/pr/statusCheckRollup/nodes/0/commit/statusCheckRollup";
    assert_eq!(empty.pointer(rollup), Some(&serde_json::Value::Null));
    stage.shop.ci_settle();
    stage.shop.line_comment("ann", 1, "x", 1, "?").unwrap();
    let full = stage.graphql(query, json!({ "n": 1 })).await;
    assert_eq!(
        full.pointer(rollup).unwrap(),
        &json!({ "state": "SUCCESS", "contexts": {
        "totalCount": 2, "pageInfo": { "hasNextPage": true },
        "nodes": [{ "__typename": "CheckRun", "name": "test", "status": "COMPLETED", "isRequired": true }] } })
    );
    let thread = full.pointer("/data/repository/pr/reviewThreads/nodes/0/id").unwrap();
    let resolve = "mutation { resolveReviewThread(input: {threadId: \"ID\"}) { thread { isResolved } } }"
        .replace("ID", thread.as_str().unwrap());
    let resolved = stage.graphql(&resolve, json!({})).await;
    assert_eq!(resolved["data"]["resolveReviewThread"]["thread"]["isResolved"], true);
}

#[tokio::test]
async fn a_commit_on_a_branch_wants_the_expected_head() {
    let stage = stage().await;
    let query = "mutation C($input: CreateCommitOnBranchInput!) { createCommitOnBranch(input: $input) { commit { oid } } }";
    let input = |head: &str| {
        json!({ "input": {
        "branch": { "repositoryNameWithOwner": "acme/shop", "branchName": "fix" }, "expectedHeadOid": head,
        "message": { "headline": "Hello" },
        "fileChanges": { "additions": [{ "path": "hello.txt", "contents": "aGVsbG8K" }] } } })
    };
    let head = stage.shop.tip("fix").unwrap();
    let made = stage.graphql(query, input(&head)).await;
    assert_eq!(made["data"]["createCommitOnBranch"]["commit"]["oid"], stage.shop.tip("fix").unwrap());
    assert_eq!(stage.shop.text("fix", "hello.txt").unwrap(), "hello\n");
    let stale = stage.graphql(query, input(&head)).await;
    assert_eq!(stale["errors"][0]["type"], "STALE_DATA");
}
