//! Where credentials come from: STS, the container's endpoint, instance metadata.

use serde_json::json;

use crate::support::client::Client;
use crate::support::fake::Fake;

const NAMES: &str = "AmazonSSM.GetParameters";

#[test]
fn assumed_roles_are_known_from_then_on_and_see_their_own_account() {
    const ROLE: &str = "arn:aws:iam::444455556666:role/reader";
    let fake = Fake::start();
    fake.role(ROLE)
        .web_identity("arn:aws:iam::111122223333:role/web", "jwt");
    fake.in_account("444455556666")
        .parameter("/theirs", "value");
    let client = Client::of(&fake);
    let form = format!("Action=AssumeRole&RoleArn={ROLE}&RoleSessionName=test");
    let answer = client.sts(&form).expect("an answer");
    let part = |name: &str| answer.element(name).expect("credentials have all parts");
    let reader = client.clone().with_key(
        &part("AccessKeyId"),
        &part("SecretAccessKey"),
        Some(&part("SessionToken")),
    );
    let names = json!({"Names": ["/theirs"]});
    assert_eq!(
        reader.json(NAMES, &names).expect("an answer").json()["Parameters"][0]["Value"],
        "value"
    );
    assert_eq!(
        client.json(NAMES, &names).expect("an answer").json()["InvalidParameters"][0],
        "/theirs"
    );

    let other = form.replace("reader", "writer");
    assert_eq!(
        client.sts(&other).expect("an answer").error(),
        (403, "AccessDenied".into())
    );
    let web = "Action=AssumeRoleWithWebIdentity&RoleArn=arn:aws:iam::111122223333:role/web&RoleSessionName=test\
               &Version=2011-06-15&WebIdentityToken=";
    let wrong = client
        .plain("POST", "/", &[], &format!("{web}jwx"))
        .expect("an answer");
    assert_eq!(wrong.error(), (400, "InvalidIdentityToken".into()));
    assert_eq!(
        client
            .plain("POST", "/", &[], &format!("{web}jwt"))
            .expect("an answer")
            .status,
        200
    );
}

#[test]
fn container_credentials_want_their_token() {
    let fake = Fake::start();
    fake.container_credentials("/creds", Some("pod-token"));
    let client = Client::of(&fake);
    assert_eq!(
        client
            .plain("GET", "/creds", &[], "")
            .expect("an answer")
            .status,
        401
    );
    let answer = client
        .plain("GET", "/creds", &[("Authorization", "pod-token")], "")
        .expect("an answer")
        .json();
    let part = |name: &str| answer[name].as_str().expect("credentials have all parts");
    let task = client.with_key(
        part("AccessKeyId"),
        part("SecretAccessKey"),
        Some(part("Token")),
    );
    assert_eq!(
        task.json(NAMES, &json!({"Names": ["/a"]}))
            .expect("an answer")
            .status,
        200
    );
}

#[test]
fn instance_metadata_speaks_version_2_only() {
    let fake = Fake::start();
    let client = Client::of(&fake);
    let ttl = [("x-aws-ec2-metadata-token-ttl-seconds", "21600")];
    assert_eq!(
        client
            .plain("PUT", "/latest/api/token", &ttl, "")
            .expect("an answer")
            .status,
        404
    );
    fake.instance_role("app").instance_region("eu-west-3");
    assert_eq!(
        client
            .plain("PUT", "/latest/api/token", &[], "")
            .expect("an answer")
            .status,
        400
    );
    let token = client
        .plain("PUT", "/latest/api/token", &ttl, "")
        .expect("an answer")
        .text();
    let get = |path: &str, token: &str| {
        client
            .plain("GET", path, &[("x-aws-ec2-metadata-token", token)], "")
            .expect("an answer")
    };
    let roles = "/latest/meta-data/iam/security-credentials/";
    assert_eq!(get(roles, "guessed").status, 401);
    assert_eq!(get(roles, &token).text(), "app");
    assert_eq!(
        get("/latest/meta-data/placement/region", &token).text(),
        "eu-west-3"
    );
    assert_eq!(
        get(&format!("{roles}app"), &token).json()["Code"],
        "Success"
    );
    assert_eq!(get(&format!("{roles}other"), &token).status, 404);
}
