//! The other commands of a kit: they speak to the running one over this machine's own address.

use anyhow::Context as _;
use reqwest::{Client, Method, RequestBuilder};
use serde_json::{Value, json};

use super::folder::{self, Folder};
use super::run::Whereabouts;
use super::terminal;

/// Asks for the passphrase and unlocks.
pub(crate) async fn unlock(folder: &Folder) -> anyhow::Result<()> {
    let passphrase = terminal::passphrase("合言葉 / passphrase: ")?;
    let asked = ask(folder, Method::POST, "unlock")?.json(&json!({ "passphrase": passphrase.trim() }));
    say(&answer(asked).await?);
    Ok(())
}

/// Locks.
pub(crate) async fn lock(folder: &Folder) -> anyhow::Result<()> {
    say(&answer(ask(folder, Method::POST, "lock")?).await?);
    Ok(())
}

/// Prints how the kit is.
pub(crate) async fn status(folder: &Folder) -> anyhow::Result<()> {
    say(&answer(ask(folder, Method::GET, "status")?).await?);
    Ok(())
}

/// Prints a code for one tablet.
pub(crate) async fn tablet(folder: &Folder, name: &str) -> anyhow::Result<()> {
    let code = answer(ask(folder, Method::POST, "tablets")?.json(&json!({ "name": name }))).await?;
    println!(
        "タブレットで {} を開き、番号 {} を入れてください（10分間有効）。",
        text(&code, "address"),
        text(&code, "code")
    );
    Ok(())
}

fn ask(folder: &Folder, method: Method, what: &str) -> anyhow::Result<RequestBuilder> {
    let found: Option<Whereabouts> = folder::read(&folder.running())?;
    let found =
        found.with_context(|| format!("no kit runs in {}; `mamori kit run` starts it", folder.path().display()))?;
    let url = format!("http://127.0.0.1:{}/api/kit/{what}", found.port);
    // As a page typed into the address bar would: no other site can.
    Ok(Client::builder().no_proxy().build()?.request(method, url).header("sec-fetch-site", "none"))
}

async fn answer(asked: RequestBuilder) -> anyhow::Result<Value> {
    let answer = asked.send().await.context("the kit does not answer; `mamori kit run` starts it")?;
    let refused = !answer.status().is_success();
    let body: Value = answer.json().await.context("the kit answered with something unreadable")?;
    if refused {
        anyhow::bail!("{}", body["details"]["ja"].as_str().or(body["detail"].as_str()).unwrap_or("the kit refused"));
    }
    Ok(body)
}

fn say(status: &Value) {
    let state = match status["locks_in"].as_u64() {
        Some(seconds) => format!("解錠中（操作がなければ{}分{}秒後に施錠）", seconds / 60, seconds % 60),
        None => "施錠中（受付はできます。名前などは見られません）".to_owned(),
    };
    println!("{}: {state}", text(status, "name"));
    match status["contact_at"].as_str() {
        Some(at) => println!("中央との最後の通信: {at}、届いていない記録 {} 件", status["waiting"]),
        None => println!("中央とはまだ通信していません。届いていない記録 {} 件", status["waiting"]),
    }
    if status["revoked"] == true {
        println!("このキットは登録を取り消されています。本部に連絡してください。");
    }
    if let Some(lan) = status["lan"].as_str() {
        println!("タブレット: {lan} （登録 {} 台）", status["tablets"]);
    }
}

fn text<'a>(value: &'a Value, field: &str) -> &'a str {
    value[field].as_str().unwrap_or("")
}
