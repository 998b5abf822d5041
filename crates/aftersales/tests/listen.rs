//! The real binary, and what platforms push to it over HTTP on loopback.
#![cfg(all(
    unix,
    feature = "listen",
    feature = "sandbox",
    feature = "imetastore",
    feature = "shoplazza",
    feature = "wechat-shop",
    feature = "xiaoe",
    feature = "xportcn"
))]
// `clippy.toml` allows these in tests, but does not see that helpers of tests are tests, too.
#![allow(clippy::indexing_slicing, clippy::unwrap_used)]

use std::collections::BTreeSet;
use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::thread;

use aftersales::{AfterSale, Change, Configuration, Event, Proof};
use data_encoding::{BASE64, HEXLOWER};
use hmac::{Hmac, KeyInit, Mac};
use jiff::Timestamp;
use sandbox::Sandbox;
use sandbox::credentials::shoplazza::SHOP;
use serde_json::Value;
use sha1::{Digest, Sha1};
use sha2::Sha256;
use tempfile::TempDir;
use tokio::runtime::Runtime;

const IMETASTORE_KEY: &str = "CANARYimetastore0123456789abcdef";
const SHOPLAZZA_SECRET: &str = "CANARY-shoplazza";
const WECHAT_TOKEN: &str = "CANARYwechat";
const XPORTCN_SECRET: &str = "CANARYxportcn0123456789abcdef0123456789";
/// None of them may ever be printed; what is configured as a secret in tests contains the first.
const SECRETS: [&str; 6] = [
    "CANARY",
    "sandbox-imetastore-password",
    "sandbox-shoplazza-token",
    "sandbox-wechat-secret",
    "sandbox-xiaoe-secret",
    "sandbox-xportcn-secret",
];

/// Settings of pushes for the accounts of the sandbox.
fn pushes() -> String {
    format!(
        "[accounts.games.push]\nsecret_key = '{IMETASTORE_KEY}'\n\
         [accounts.us-store.push]\nclient_secret = '{SHOPLAZZA_SECRET}'\n\
         [accounts.wx.push]\ntoken = '{WECHAT_TOKEN}'\n\
         [accounts.sourcing.push]\nsecret = '{XPORTCN_SECRET}'\n"
    )
}

/// Accounts that have nothing but what pushes need, which is all that a listener has to know of them.
fn accounts() -> String {
    format!(
        "[accounts.games]\nplatform = 'imetastore'\n\
         [accounts.us-store]\nplatform = 'shoplazza'\nshop = 'mystore'\n\
         [accounts.wx]\nplatform = 'wechat-shop'\n\
         [accounts.sourcing]\nplatform = 'xportcn'\n{}",
        pushes()
    )
}

/// A running `aftersales listen`.
struct Listener {
    child: Child,
    address: SocketAddr,
    /// Until it is closed.
    stdout: Option<BufReader<ChildStdout>>,
    /// What it said before it was ready.
    said: String,
    _folder: TempDir,
}

impl Listener {
    fn start(configuration: &str, options: &str) -> Self {
        let (mut command, folder) = command(configuration, options);
        let mut child = command.spawn().unwrap();
        let stdout = child.stdout.take().map(BufReader::new);
        let mut said = String::new();
        let mut stderr = BufReader::new(child.stderr.as_mut().unwrap());
        let address = loop {
            let from = said.len();
            assert_ne!(stderr.read_line(&mut said).unwrap(), 0, "{said}");
            if let Some((_, rest)) = said[from..].split_once("listening on http://") {
                break rest.split_whitespace().next().unwrap().parse().unwrap();
            }
        };
        // What was read ahead.
        said.push_str(std::str::from_utf8(stderr.buffer()).unwrap());
        Self {
            child,
            address,
            stdout,
            said,
            _folder: folder,
        }
    }

    fn connect(&self) -> TcpStream {
        TcpStream::connect(self.address).unwrap()
    }

    /// What is answered: the status, and the body.
    fn send(&self, request: &str) -> (u16, String) {
        let mut stream = self.connect();
        stream.write_all(request.as_bytes()).unwrap();
        answer(&mut stream)
    }

    fn line(&mut self) -> Value {
        let mut line = String::new();
        let stdout = self.stdout.as_mut().unwrap();
        stdout.read_line(&mut line).unwrap();
        serde_json::from_str(&line).unwrap()
    }

    fn event(&mut self) -> Event {
        serde_json::from_value(self.line()).unwrap()
    }

    fn signal(&self, signal: &str) {
        let pid = self.child.id().to_string();
        let kill = Command::new("kill").args([signal, &pid]).status();
        assert!(kill.unwrap().success());
    }

    /// What was printed and said until the end. Nothing of it is secret.
    fn end(mut self) -> Ended {
        let mut ended = Ended {
            said: std::mem::take(&mut self.said),
            ..Ended::default()
        };
        if let Some(mut stdout) = self.stdout.take() {
            stdout.read_to_string(&mut ended.printed).unwrap();
        }
        let stderr = self.child.stderr.as_mut().unwrap();
        stderr.read_to_string(&mut ended.said).unwrap();
        ended.code = self.child.wait().unwrap().code();
        ended.checked()
    }

    fn stop(self) -> Ended {
        self.signal("-INT");
        self.end()
    }
}

impl Drop for Listener {
    /// When a test fails.
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[derive(Debug, Default)]
struct Ended {
    code: Option<i32>,
    printed: String,
    said: String,
}

impl Ended {
    fn checked(self) -> Self {
        for secret in SECRETS {
            assert!(!self.printed.contains(secret), "{secret}: {self:?}");
            assert!(!self.said.contains(secret), "{secret}: {self:?}");
        }
        assert!(!self.said.contains("panicked"), "{self:?}");
        self
    }

    #[track_caller]
    fn says(&self, text: &str) {
        assert!(self.said.contains(text), "{text:?} is missing: {self:?}");
    }
}

/// The command on a free port, with its configuration in a folder of its own.
fn command(configuration: &str, options: &str) -> (Command, TempDir) {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("aftersales.toml"), configuration).unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_aftersales"));
    command
        .args(["listen", "--address", "127.0.0.1:0"])
        .args(options.split_whitespace())
        .current_dir(folder.path())
        .env_remove("AFTERSALES_CONFIG")
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    (command, folder)
}

/// Status and body of the only answer that a connection has.
fn answer(stream: &mut TcpStream) -> (u16, String) {
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    let status = head.split(' ').nth(1).unwrap().parse().unwrap();
    (status, body.to_owned())
}

fn post(path: &str, headers: &[(&str, &str)], body: &str) -> String {
    let headers: String = headers
        .iter()
        .map(|(name, value)| format!("{name}: {value}\r\n"))
        .collect();
    let length = body.len();
    format!("POST {path} HTTP/1.1\r\nHost: x\r\n{headers}Content-Length: {length}\r\n\r\n{body}")
}

fn hmac(secret: &str, message: &str) -> Vec<u8> {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).unwrap();
    mac.update(message.as_bytes());
    mac.finalize().into_bytes().to_vec()
}

fn of_imetastore(request_id: &str, order: &str) -> String {
    let timestamp = Timestamp::now().as_millisecond().to_string();
    let message = format!("{timestamp}{request_id}{IMETASTORE_KEY}");
    let signature = HEXLOWER.encode(&hmac(IMETASTORE_KEY, &message));
    let headers = [
        ("X-Timestamp", timestamp.as_str()),
        ("X-Request-Id", request_id),
        ("X-Signature", &signature),
    ];
    let body = format!(r#"{{"orderId":{order},"orderNum":"SO1","sellerOrderStatus":1}}"#);
    post("/games", &headers, &body)
}

fn of_shoplazza(shop: &str, order: &str, refunded: &str) -> String {
    let body = format!(
        r#"{{"order":{{"id":"{order}","total_refund_price":"{refunded}","currency":"USD"}}}}"#
    );
    let signature = BASE64.encode(&hmac(SHOPLAZZA_SECRET, &body));
    let shop = format!("{shop}.myshoplaza.com");
    let headers = [
        ("X-Shoplazza-Topic", "orders/partially_refunded"),
        ("X-Shoplazza-Shop-Domain", &shop),
        ("X-Shoplazza-Hmac-Sha256", &signature),
    ];
    post("/us-store", &headers, &body)
}

/// The query of a plain push of now.
fn wechat_query() -> String {
    let timestamp = Timestamp::now().as_second().to_string();
    let mut signed = [WECHAT_TOKEN, &timestamp, "486452656"];
    signed.sort_unstable();
    let signature = HEXLOWER.encode(&Sha1::digest(signed.concat()));
    format!("signature={signature}&timestamp={timestamp}&nonce=486452656")
}

fn of_wechat(case: &str) -> String {
    let body = format!(
        "<xml><FromUserName>oABCD</FromUserName><CreateTime>1714037059</CreateTime>\
         <MsgType>event</MsgType><Event>aftersale_new_order</Event>\
         <aftersale_info><aftersale_id>{case}</aftersale_id></aftersale_info></xml>"
    );
    post(&format!("/wx?{}", wechat_query()), &[], &body)
}

fn of_xportcn(refund: &str) -> String {
    let body = format!(
        r#"{{"messageType":"ORDER_BUYER_VIEW_ORDER_BUYER_REFUND","messagePlatform":1,
        "messageBody":"{{\"refundId\":\"{refund}\"}}","timestamp":"1779263269913"}}"#
    );
    post(&format!("/sourcing/{XPORTCN_SECRET}"), &[], &body)
}

#[test]
fn every_platform_has_a_path_of_its_own_at_one_address() {
    let mut listener = Listener::start(&accounts(), "");
    for (request, answer, account, native, change, proof) in [
        (
            of_imetastore("7", "1689644928115784"),
            "",
            "games",
            "sellerOrderStatus 1",
            Change::Order,
            Proof::Sender,
        ),
        (
            of_shoplazza("mystore", "183211-1", "10.00"),
            "",
            "us-store",
            "orders/partially_refunded",
            Change::Refunded,
            Proof::Body,
        ),
        (
            of_wechat("4000000000000001"),
            "success",
            "wx",
            "aftersale_new_order",
            Change::Opened,
            Proof::Sender,
        ),
        (
            of_xportcn("TQ1"),
            "",
            "sourcing",
            "ORDER_BUYER_VIEW_ORDER_BUYER_REFUND",
            Change::Status,
            Proof::Address,
        ),
    ] {
        assert_eq!(
            listener.send(&request),
            (200, answer.to_owned()),
            "{account}"
        );
        let event = listener.event();
        assert_eq!(event.account.as_str(), account);
        assert_eq!(event.native, native);
        assert_eq!((event.change, event.proof), (change, proof));
    }
    let ended = listener.stop();
    assert_eq!(ended.code, Some(0), "{ended:?}");
    assert_eq!(ended.printed, "");
    for address in [
        "games (imetastore): the platform's address is https://HOST/games\n",
        "us-store (shoplazza): the platform's address is https://HOST/us-store\n",
        "wx (wechat-shop): the platform's address is https://HOST/wx\n",
        "sourcing (xportcn): the platform's address is https://HOST/sourcing/***, where",
    ] {
        ended.says(address);
    }
}

/// The page's example in safe mode, with the id of the app from the account.
#[test]
fn wechat_tries_the_address_and_sends_what_is_encrypted() {
    let configuration =
        "[accounts.店铺]\nplatform = 'wechat-shop'\napp_id = 'wxba5fad812f8e6fb9'\n\
         app_secret = { env = 'AFTERSALES_TEST_UNSET' }\n\
         [accounts.店铺.push]\ntoken = 'AAAAA'\n\
         encoding_aes_key = 'AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA'\n\
         window_minutes = 4294967295\n"
            .replace("店铺", "\"店铺\"");
    let mut listener = Listener::start(&configuration, "");
    let path = "/%E5%BA%97%E9%93%BA";
    let tried = "signature=f464b24fc39322e44b38aa78f5edd27bd1441696&echostr=4375120948345356249\
         &timestamp=1714036504&nonce=1514711492";
    let get = format!("GET {path}?{tried} HTTP/1.1\r\nHost: x\r\n\r\n");
    assert_eq!(listener.send(&get), (200, "4375120948345356249".to_owned()));
    let query = "signature=6c5c811b55cc85e0e1b54100749188c20beb3f5d&timestamp=1714112445\
         &nonce=415670741&openid=o9A...&encrypt_type=aes\
         &msg_signature=046e02f8204d34f8ba5fa3b1db94908f3df2e9b3";
    let body = include_str!("../../../fixtures/wechat-shop/message-push.request-safe.json");
    let push = post(&format!("{path}?{query}"), &[], body);
    assert_eq!(listener.send(&push), (200, "success".to_owned()));
    assert_eq!(listener.event().proof, Proof::Body);
    let ended = listener.stop();
    ended.says("店铺 (wechat-shop): the platform's address is https://HOST/%E5%BA%97%E9%93%BA\n");
    assert!(!ended.said.contains("AAAAA"), "{ended:?}");
}

#[test]
fn what_is_delivered_again_is_answered_and_printed_once() {
    let mut listener = Listener::start(&accounts(), "");
    let push = of_xportcn("TQ1");
    for _ in 0..3 {
        assert_eq!(listener.send(&push).0, 200);
    }
    // The same key of another account is another event.
    assert_eq!(listener.send(&of_imetastore("7", "1")).0, 200);
    assert_eq!(listener.send(&of_imetastore("7", "2")).0, 200);
    assert_eq!(listener.event().case.as_deref(), Some("TQ1"));
    assert_eq!(listener.event().order.id.as_deref(), Some("1"));
    assert_eq!(listener.stop().printed, "");
}

#[test]
fn many_at_once_are_each_printed_once() {
    let mut listener = Listener::start(&accounts(), "");
    let stdout = listener.stdout.take().unwrap();
    let printed = thread::spawn(|| stdout.lines().map(Result::unwrap).collect());
    thread::scope(|scope| {
        for pusher in 0..8 {
            let listener = &listener;
            scope.spawn(move || {
                for push in 0..50 {
                    // Each comes from two pushers.
                    let refund = format!("TQ{}", pusher / 2 * 50 + push);
                    assert_eq!(listener.send(&of_xportcn(&refund)).0, 200);
                }
            });
        }
    });
    listener.stop();
    assert_eq!(cases(&printed.join().unwrap()).len(), 200);
}

/// The cases of events, of which none is there twice.
fn cases(printed: &Vec<String>) -> BTreeSet<String> {
    let events = printed
        .iter()
        .map(|line| serde_json::from_str::<Event>(line).unwrap());
    let cases: BTreeSet<_> = events.filter_map(|event| event.case).collect();
    assert_eq!(cases.len(), printed.len(), "{printed:?}");
    cases
}

/// As long as nobody reads, a platform has to deliver again.
#[test]
fn what_is_not_printed_is_not_taken_over() {
    let mut listener = Listener::start(&accounts(), "");
    let push = |number: u32| listener.send(&of_xportcn(&format!("TQ{number}"))).0;
    let refused = (0..).find(|&number| push(number) != 200).unwrap();
    assert!(refused > 50, "a pipe holds more than {refused}");
    assert_eq!(push(refused), 503);
    let stdout = listener.stdout.take().unwrap();
    let printed = thread::spawn(|| stdout.lines().map(Result::unwrap).collect());
    for number in [refused, refused + 1] {
        let push = of_xportcn(&format!("TQ{number}"));
        assert_eq!(listener.send(&push).0, 200);
    }
    listener.stop();
    let expected: BTreeSet<_> = (0..refused + 2).map(|it| format!("TQ{it}")).collect();
    assert_eq!(cases(&printed.join().unwrap()), expected);
}

#[test]
fn what_is_not_the_platforms_is_refused_and_counted() {
    let mut listener = Listener::start(&accounts(), "");
    let genuine = of_shoplazza("mystore", "CANARY-order", "10.00");
    let other_shop = of_shoplazza("CANARY-shop", "1", "10.00");
    let old = post(
        "/wx?signature=CANARY&timestamp=1&nonce=CANARY",
        &[],
        "<xml><a>CANARY</a></xml>",
    );
    let long = "Content-Length: 1048577\r\n\r\n";
    for (request, status) in [
        (genuine.replace("10.00", "11.00"), 401),
        (genuine.replace("10.00", "12.00"), 401),
        (genuine.replace("10.00", "13.00"), 401),
        (other_shop, 401),
        (genuine.replace("X-Shoplazza-Hmac", "X-CANARY"), 400),
        (old, 401),
        (of_xportcn("TQ1").replace("0123456789 ", "CANARY "), 401),
        (post("/sourcing", &[], "{}"), 401),
        (
            post(&format!("/sourcing/{XPORTCN_SECRET}"), &[], "CANARY"),
            400,
        ),
        (format!("POST /us-store HTTP/1.1\r\nHost: x\r\n{long}"), 413),
        ("GET /us-store HTTP/1.1\r\nHost: x\r\n\r\n".to_owned(), 400),
        (genuine.replace("POST", "PUT"), 405),
        (genuine.replace("POST", "DELETE"), 405),
        (genuine.replace("/us-store", "/CANARY"), 404),
        (genuine.replace("/us-store", "/"), 404),
        (genuine.replace("/us-store", "//us-store"), 404),
        (genuine.replace("/us-store", "/us-stor"), 404),
        (genuine.replace("/us-store", "/us-store%ff"), 404),
        (genuine.replace("POST /us-store", "PUT /CANARY"), 404),
        ("CANARY\r\n\r\n".to_owned(), 400),
    ] {
        assert_eq!(
            listener.send(&request),
            (status, String::new()),
            "{request}"
        );
    }
    // Nothing of that stands in the way of what is genuine.
    let below = of_shoplazza("mystore", "1", "10.00").replace("/us-store", "/us%2Dstore/below");
    assert_eq!(listener.send(&below).0, 200);
    assert_eq!(listener.event().order.id.as_deref(), Some("1"));
    let ended = listener.stop();
    assert_eq!(ended.code, Some(0));
    for (refusal, times) in [
        (
            "us-store (shoplazza): refused: the signature does not fit",
            3,
        ),
        ("us-store (shoplazza): refused: it is from another shop", 1),
        (
            "us-store (shoplazza): refused: header x-shoplazza-hmac-sha256 is missing",
            2,
        ),
        (
            "us-store (shoplazza): refused: the body is longer than 1048576 bytes",
            1,
        ),
        ("wx (wechat-shop): refused: the signature does not fit", 1),
        (
            "sourcing (xportcn): refused: the address does not end with the secret",
            2,
        ),
        (
            "sourcing (xportcn): refused: the body is not what is documented",
            1,
        ),
    ] {
        let told = ended.said.lines().filter_map(|line| {
            let behind = line.strip_prefix("note: ")?.strip_prefix(refusal)?;
            let count = behind
                .strip_prefix(" (")
                .and_then(|it| it.strip_suffix(" times)"));
            Some(count.map_or(1, |count| count.parse().unwrap()))
        });
        assert_eq!(told.sum::<u32>(), times, "{refusal}: {ended:?}");
    }
}

#[test]
fn a_sender_that_is_too_slow_is_given_up() {
    let listener = Listener::start(&accounts(), "");
    let mut slow = listener.connect();
    let push = of_xportcn("TQ1");
    slow.write_all(&push.as_bytes()[..push.len() - 1]).unwrap();
    assert_eq!(answer(&mut slow), (408, String::new()));
    let ended = listener.stop();
    ended.says("sourcing (xportcn): refused: the body takes longer than 5 s\n");
    assert_eq!(ended.printed, "");
}

#[test]
fn ctrl_c_waits_for_what_is_under_way() {
    for signal in ["-INT", "-TERM"] {
        let mut listener = Listener::start(&accounts(), "");
        let push = of_xportcn("TQ1").replace("\r\nHost", "\r\nExpect: 100-continue\r\nHost");
        let (head, body) = push.split_once("\r\n\r\n").unwrap();
        let mut stream = listener.connect();
        write!(stream, "{head}\r\n\r\n").unwrap();
        let mut go_on = [0; 25];
        stream.read_exact(&mut go_on).unwrap();
        assert_eq!(&go_on, b"HTTP/1.1 100 Continue\r\n\r\n");
        listener.signal(signal);
        // Whoever comes now comes too late.
        while TcpStream::connect(listener.address).is_ok() {}
        stream.write_all(body.as_bytes()).unwrap();
        assert_eq!(answer(&mut stream).0, 200);
        assert_eq!(listener.event().case.as_deref(), Some("TQ1"));
        let ended = listener.end();
        assert_eq!(ended.code, Some(0), "{ended:?}");
    }
}

#[test]
fn a_reader_that_has_seen_enough_ends_it() {
    let mut listener = Listener::start(&accounts(), "");
    assert_eq!(listener.send(&of_xportcn("TQ1")).0, 200);
    listener.event();
    listener.stdout = None;
    let mut stream = listener.connect();
    stream.write_all(of_xportcn("TQ2").as_bytes()).unwrap();
    let mut answer = String::new();
    let _ = stream.read_to_string(&mut answer);
    assert!(!answer.contains(" 200 "), "{answer}");
    assert_eq!(listener.end().code, Some(0));
}

#[test]
fn cases_are_looked_up_and_printed_behind_their_events() {
    let runtime = Runtime::new().unwrap();
    let sandbox = runtime.block_on(Sandbox::start()).unwrap();
    let configuration = sandbox.config() + &pushes();
    let order = sandbox.orders("imetastore").next().unwrap();
    let without = sandbox.order_without_case("imetastore").unwrap();
    let mut listener = Listener::start(&configuration, "--look-up --verbose");
    let case = |line: Value| serde_json::from_value::<AfterSale>(line).unwrap();

    assert_eq!(listener.send(&of_xportcn("TQ8651493722961198")).0, 200);
    assert_eq!(listener.event().account.as_str(), "sourcing");
    assert_eq!(case(listener.line()).id, "TQ8651493722961198");

    assert_eq!(listener.send(&of_xportcn("none")).0, 200);
    listener.event();
    assert_eq!(listener.send(&of_imetastore("1", &without.id)).0, 200);
    listener.event();
    assert_eq!(listener.send(&of_imetastore("2", &order.id)).0, 200);
    listener.event();
    for _ in 0..order.cases {
        assert_eq!(case(listener.line()).order.id.as_ref(), Some(&order.id));
    }
    // What the platform has no look-up for.
    for total in ["1.00", "2.00"] {
        let push = of_shoplazza(SHOP, "183211-1", total);
        assert_eq!(listener.send(&push).0, 200);
        assert_eq!(listener.event().account.as_str(), "us-store");
    }
    let ended = listener.stop();
    assert_eq!((ended.code, ended.printed.as_str()), (Some(0), ""));
    let unsupported = "us-store (shoplazza): not supported: this platform cannot look cases up by the platform's order id";
    assert_eq!(ended.said.matches(unsupported).count(), 1, "{ended:?}");
    ended.says("sourcing (xportcn): there is no case none\n");
}

#[test]
fn a_look_up_that_fails_is_told_and_changes_nothing() {
    let runtime = Runtime::new().unwrap();
    let broken = Sandbox::builder().fault("status=403".parse().unwrap());
    let sandbox = runtime.block_on(broken.start()).unwrap();
    let mut listener = Listener::start(&(sandbox.config() + &pushes()), "--look-up");
    for refund in ["TQ1", "TQ2"] {
        assert_eq!(listener.send(&of_xportcn(refund)).0, 200);
        assert_eq!(listener.event().case.as_deref(), Some(refund));
    }
    let ended = listener.stop();
    assert_eq!((ended.code, ended.printed.as_str()), (Some(0), ""));
    ended.says("error: sourcing (xportcn): ");
    ended.says("permission denied");
}

#[test]
fn people_read_a_line_per_event_and_case() {
    let runtime = Runtime::new().unwrap();
    let sandbox = runtime.block_on(Sandbox::start()).unwrap();
    let options = "--look-up --format table --redact";
    let mut listener = Listener::start(&(sandbox.config() + &pushes()), options);
    assert_eq!(
        listener
            .send(&of_shoplazza(SHOP, r"\u001b[31m1\u202e", "10.00"))
            .0,
        200
    );
    assert_eq!(listener.send(&of_xportcn("TQ8651493722961198")).0, 200);
    let mut text = String::new();
    for _ in 0..3 {
        listener
            .stdout
            .as_mut()
            .unwrap()
            .read_line(&mut text)
            .unwrap();
    }
    let lines: Vec<_> = text.lines().collect();
    assert_eq!(
        lines[..2],
        [
            "                      refunded        us-store, order [31m1, 10.00 USD paid back until then (orders/partially_refunded)",
            "2026-05-20T07:47:49Z  status          sourcing, case TQ8651493722961198 (ORDER_BUYER_VIEW_ORDER_BUYER_REFUND)",
        ]
    );
    assert!(lines[2].starts_with("  TQ8651493722961198"), "{text}");
    assert!(
        lines[2].contains(": return_in_transit, awaits seller"),
        "{text}"
    );
    listener.stop();
}

#[test]
fn redaction_hides_what_a_key_is_made_of() {
    let mut listener = Listener::start(&accounts(), "--redact");
    assert_eq!(listener.send(&of_wechat("4000000000000001")).0, 200);
    let event = listener.event();
    assert_eq!(event.case.as_deref(), Some("4000000000000001"));
    assert_eq!(event.key.len(), 64);
    listener.stop();
}

#[test]
fn only_the_accounts_that_are_named_or_have_settings_are_listened_for() {
    let more = "[accounts.courses]\nplatform = 'xiaoe'\n[accounts.other]\nplatform = 'shoplazza'\n";
    let configuration = accounts() + more;
    let listener = Listener::start(&configuration, "");
    for path in ["/courses", "/other"] {
        assert_eq!(listener.send(&post(path, &[], "{}")).0, 404);
    }
    let ended = listener.stop();
    ended.says(
        "note: courses (xiaoe): this command cannot read what the platform pushes; a program can",
    );
    ended.says("note: not listened for, without [accounts.NAME.push]: other\n");

    let listener = Listener::start(&configuration, "--account sourcing --account wx");
    assert_eq!(listener.send(&of_imetastore("1", "1")).0, 404);
    assert_eq!(listener.send(&of_xportcn("TQ1")).0, 200);
    let ended = listener.stop();
    assert!(!ended.said.contains("games"), "{ended:?}");
}

#[test]
fn what_cannot_be_listened_for_is_said_before_anything_is() {
    let shop = |push: &str| format!("[accounts.a]\nplatform = 'shoplazza'\n{push}\n");
    let wechat = "[accounts.a]\nplatform = 'wechat-shop'\n[accounts.a.push]\ntoken = 'CANARY'\n";
    let busy = Listener::start(&accounts(), "");
    for (configuration, options, message) in [
        (
            shop("push = 'CANARY'"),
            "",
            "account a: push: is not a table",
        ),
        (
            shop("[accounts.a.push]"),
            "",
            "account a: push.client_secret: this setting is missing",
        ),
        (
            shop("[accounts.a.push]\nclient_secret = { file = 'CANARY' }"),
            "",
            "account a: push.client_secret: the file that it names cannot be read",
        ),
        (
            shop("[accounts.a.push]\nclient_secret = ''"),
            "",
            "account a: push: client_secret: is empty",
        ),
        (
            shop("[accounts.a.push]\nclient_secret = 'CANARY'\nsecret = 'CANARY'"),
            "",
            "account a: push.secret: there is no such setting; there are client_secret, shop",
        ),
        (
            shop("shop = 'CANARY shop'\n[accounts.a.push]\nclient_secret = 'CANARY'"),
            "",
            "account a: push: shop: ",
        ),
        (
            format!("{wechat}encoding_aes_key = 'CANARY'"),
            "",
            "account a: push: app_id: is missing",
        ),
        (
            format!("{wechat}app_id = 'wx1'\nencoding_aes_key = 'CANARY'"),
            "",
            "account a: push: encoding_aes_key: is no 43 characters of Base64",
        ),
        (
            "[accounts.a]\nplatform = 'xportcn'\n[accounts.a.push]\nsecret = 'CANARY'".to_owned(),
            "",
            "account a: push: secret: has less than 32 characters",
        ),
        (
            "[accounts.a]\nplatform = 'xiaoe'\n[accounts.a.push]\nsecret = 'CANARY'".to_owned(),
            "",
            "account a: push: settings are not enough to read what this platform pushes",
        ),
        (
            "[accounts.a]\nplatform = 'CANARY'\n[accounts.a.push]\nsecret = 'CANARY'".to_owned(),
            "",
            "account a: platform: must be one of imetastore, ",
        ),
        (shop(""), "", "no account has settings for what is pushed"),
        (
            shop(""),
            "--account a",
            "a has no settings for what is pushed",
        ),
        (
            "[accounts.a]\nplatform = 'xiaoe'".to_owned(),
            "--account a",
            "a (xiaoe): this command cannot read what the platform pushes",
        ),
        (accounts(), "--account CANARIES", "there is no account"),
        (accounts(), "--look-up", "account games: "),
        (
            accounts(),
            "--format csv",
            "choose --format ndjson or table",
        ),
        (
            accounts(),
            "--format json",
            "choose --format ndjson or table",
        ),
    ] {
        let (mut command, _folder) = command(&configuration, options);
        let output = command.output().unwrap();
        let ended = Ended {
            code: output.status.code(),
            printed: String::from_utf8(output.stdout).unwrap(),
            said: String::from_utf8(output.stderr)
                .unwrap()
                .replace("CANARIES", ""),
        };
        let ended = ended.checked();
        assert_eq!(
            (ended.code, ended.printed.as_str()),
            (Some(2), ""),
            "{ended:?}"
        );
        ended.says(message);
        ended.says("  hint: ");
    }
    let (mut command, _folder) = command(&accounts(), &format!("--address {}", busy.address));
    let output = command.output().unwrap();
    assert_eq!(output.status.code(), Some(2));
}

#[test]
fn the_settings_in_the_readme_are_accepted() {
    let readme = include_str!("../README.md");
    let example = readme.split("```toml\n").nth(2).unwrap();
    let (example, _) = example.split_once("```").unwrap();
    // Secrets that are kept elsewhere are not there; what is long enough for all stands in for them.
    let here: String = example
        .lines()
        .map(|line| match line.split_once("{ ") {
            Some((key, _)) => format!("{key}'0123456789abcdef0123456789abcdef0123456789a'\n"),
            None => format!("{line}\n"),
        })
        .collect();
    let platforms = "[accounts.us-store]\nplatform = 'shoplazza'\n[accounts.games]\nplatform = 'imetastore'\n\
        [accounts.wx]\nplatform = 'wechat-shop'\napp_id = 'wx1'\n[accounts.sourcing]\nplatform = 'xportcn'\n";
    let configuration = Configuration::parse(&(platforms.to_owned() + &here), "README.md".as_ref());
    let configuration = configuration.unwrap();
    for account in configuration.accounts() {
        assert!(account.receiver().unwrap().is_some(), "{account:?}");
    }
}
