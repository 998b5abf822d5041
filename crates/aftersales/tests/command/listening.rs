//! What platforms push to `aftersales listen`, over HTTP on loopback.

use std::collections::BTreeSet;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::process::{Child, ChildStdout, Command, Output};
use std::thread;

use aftersales::{AfterSale, Change, Configuration, Event, Proof};
use data_encoding::{BASE64, HEXLOWER};
use hmac::{Hmac, KeyInit, Mac};
use jiff::Timestamp;
use sandbox::credentials::shoplazza::SHOP;
use sha1::{Digest, Sha1};
use sha2::Sha256;

use crate::shops::{Ran, Shops};

const IMETASTORE_KEY: &str = "CANARYimetastore0123456789abcdef";
const SHOPLAZZA_SECRET: &str = "CANARY-shoplazza";
const WECHAT_TOKEN: &str = "CANARYwechat";
const XPORTCN_SECRET: &str = "CANARYxportcn0123456789abcdef0123456789";

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
    line: String,
    child: Child,
    address: SocketAddr,
    /// Until it is closed.
    stdout: Option<BufReader<ChildStdout>>,
    /// What it said before it was ready.
    said: String,
}

impl Listener {
    fn start(shops: &Shops, options: &str) -> Self {
        let line = format!("listen --address 127.0.0.1:0 {options}");
        let mut child = shops.spawn(&line);
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
            line,
            child,
            address,
            stdout,
            said,
        }
    }

    /// With accounts that have nothing but what pushes need.
    fn with_accounts() -> Self {
        Self::start(&configured(&accounts()), "")
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

    fn line(&mut self) -> String {
        let mut line = String::new();
        let stdout = self.stdout.as_mut().unwrap();
        stdout.read_line(&mut line).unwrap();
        line
    }

    fn event(&mut self) -> Event {
        serde_json::from_str(&self.line()).unwrap()
    }

    fn case(&mut self) -> AfterSale {
        serde_json::from_str(&self.line()).unwrap()
    }

    fn signal(&self, signal: &str) {
        let pid = self.child.id().to_string();
        let kill = Command::new("kill").args([signal, &pid]).status();
        assert!(kill.unwrap().success());
    }

    /// What was printed and said until the end.
    fn end(mut self) -> Ran {
        let mut stdout = Vec::new();
        if let Some(mut rest) = self.stdout.take() {
            rest.read_to_end(&mut stdout).unwrap();
        }
        let mut stderr = std::mem::take(&mut self.said).into_bytes();
        let rest = self.child.stderr.as_mut().unwrap();
        rest.read_to_end(&mut stderr).unwrap();
        let output = Output {
            status: self.child.wait().unwrap(),
            stdout,
            stderr,
        };
        Ran::new(&self.line, output)
    }

    fn stop(self) -> Ran {
        self.signal("-INT");
        self.end().ends(0)
    }
}

impl Drop for Listener {
    /// When a test fails.
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn configured(configuration: &str) -> Shops {
    let shops = Shops::open(&[]);
    shops.configure(configuration);
    shops
}

/// The accounts of a sandbox, with settings of pushes.
fn pushing(faults: &[&str]) -> Shops {
    let shops = Shops::open(faults);
    shops.configure(&(shops.sandbox.config() + &pushes()));
    shops
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
    let mut listener = Listener::with_accounts();
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
    let mut ran = listener.stop();
    assert_eq!(ran.stdout, "");
    for address in [
        "games (imetastore): the platform's address is https://HOST/games\n",
        "us-store (shoplazza): the platform's address is https://HOST/us-store\n",
        "wx (wechat-shop): the platform's address is https://HOST/wx\n",
        "sourcing (xportcn): the platform's address is https://HOST/sourcing/***, where",
    ] {
        ran = ran.says(address);
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
    let shops = configured(&configuration);
    let mut listener = Listener::start(&shops, "");
    let path = "/%E5%BA%97%E9%93%BA";
    let tried = "signature=f464b24fc39322e44b38aa78f5edd27bd1441696&echostr=4375120948345356249\
         &timestamp=1714036504&nonce=1514711492";
    let get = format!("GET {path}?{tried} HTTP/1.1\r\nHost: x\r\n\r\n");
    assert_eq!(listener.send(&get), (200, "4375120948345356249".to_owned()));
    let query = "signature=6c5c811b55cc85e0e1b54100749188c20beb3f5d&timestamp=1714112445\
         &nonce=415670741&openid=o9A...&encrypt_type=aes\
         &msg_signature=046e02f8204d34f8ba5fa3b1db94908f3df2e9b3";
    let body = include_str!("../../../../fixtures/wechat-shop/message-push.request-safe.json");
    let push = post(&format!("{path}?{query}"), &[], body);
    assert_eq!(listener.send(&push), (200, "success".to_owned()));
    assert_eq!(listener.event().proof, Proof::Body);
    let address = "店铺 (wechat-shop): the platform's address is https://HOST/%E5%BA%97%E9%93%BA\n";
    let ran = listener.stop().says(address);
    assert!(!ran.stderr.contains("AAAAA"), "{ran}");
}

#[test]
fn what_is_delivered_again_is_answered_and_printed_once() {
    let mut listener = Listener::with_accounts();
    let push = of_xportcn("TQ1");
    for _ in 0..3 {
        assert_eq!(listener.send(&push).0, 200);
    }
    // The same key of another account is another event.
    assert_eq!(listener.send(&of_imetastore("7", "1")).0, 200);
    assert_eq!(listener.send(&of_imetastore("7", "2")).0, 200);
    assert_eq!(listener.event().case.as_deref(), Some("TQ1"));
    assert_eq!(listener.event().order.id.as_deref(), Some("1"));
    assert_eq!(listener.stop().stdout, "");
}

#[test]
fn many_at_once_are_each_printed_once() {
    let mut listener = Listener::with_accounts();
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
    let mut listener = Listener::with_accounts();
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
    let mut listener = Listener::with_accounts();
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
    let ran = listener.stop();
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
        let told = ran.stderr.lines().filter_map(|line| {
            let behind = line.strip_prefix("note: ")?.strip_prefix(refusal)?;
            let count = behind
                .strip_prefix(" (")
                .and_then(|it| it.strip_suffix(" times)"));
            Some(count.map_or(1, |count| count.parse().unwrap()))
        });
        assert_eq!(told.sum::<u32>(), times, "{refusal}: {ran}");
    }
}

#[test]
fn a_sender_that_is_too_slow_is_given_up() {
    let listener = Listener::with_accounts();
    let mut slow = listener.connect();
    let push = of_xportcn("TQ1");
    slow.write_all(&push.as_bytes()[..push.len() - 1]).unwrap();
    assert_eq!(answer(&mut slow), (408, String::new()));
    let ran = listener.stop();
    let ran = ran.says("sourcing (xportcn): refused: the body takes longer than 5 s\n");
    assert_eq!(ran.stdout, "");
}

#[test]
fn ctrl_c_waits_for_what_is_under_way() {
    for signal in ["-INT", "-TERM"] {
        let mut listener = Listener::with_accounts();
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
        listener.end().ends(0);
    }
}

#[test]
fn a_reader_that_has_seen_enough_ends_it() {
    let mut listener = Listener::with_accounts();
    assert_eq!(listener.send(&of_xportcn("TQ1")).0, 200);
    listener.event();
    listener.stdout = None;
    let mut stream = listener.connect();
    stream.write_all(of_xportcn("TQ2").as_bytes()).unwrap();
    let mut answer = String::new();
    let _ = stream.read_to_string(&mut answer);
    assert!(!answer.contains(" 200 "), "{answer}");
    listener.end().ends(0);
}

#[test]
fn cases_are_looked_up_and_printed_behind_their_events() {
    let shops = pushing(&[]);
    let order = shops.order("imetastore");
    let without = shops.sandbox.order_without_case("imetastore").unwrap();
    let mut listener = Listener::start(&shops, "--look-up --verbose");

    assert_eq!(listener.send(&of_xportcn("TQ8651493722961198")).0, 200);
    assert_eq!(listener.event().account.as_str(), "sourcing");
    assert_eq!(listener.case().id, "TQ8651493722961198");

    assert_eq!(listener.send(&of_xportcn("none")).0, 200);
    listener.event();
    assert_eq!(listener.send(&of_imetastore("1", &without.id)).0, 200);
    listener.event();
    assert_eq!(listener.send(&of_imetastore("2", &order.id)).0, 200);
    listener.event();
    for _ in 0..order.cases {
        assert_eq!(listener.case().order.id.as_ref(), Some(&order.id));
    }
    // What the platform has no look-up for.
    for total in ["1.00", "2.00"] {
        let push = of_shoplazza(SHOP, "183211-1", total);
        assert_eq!(listener.send(&push).0, 200);
        assert_eq!(listener.event().account.as_str(), "us-store");
    }
    let ran = listener.stop();
    let ran = ran.says("sourcing (xportcn): there is no case none\n");
    assert_eq!(ran.stdout, "");
    let unsupported = "us-store (shoplazza): not supported: this platform cannot look cases up by the platform's order id";
    assert_eq!(ran.stderr.matches(unsupported).count(), 1, "{ran}");
}

#[test]
fn a_look_up_that_fails_is_told_and_changes_nothing() {
    let shops = pushing(&["status=403"]);
    let mut listener = Listener::start(&shops, "--look-up");
    for refund in ["TQ1", "TQ2"] {
        assert_eq!(listener.send(&of_xportcn(refund)).0, 200);
        assert_eq!(listener.event().case.as_deref(), Some(refund));
    }
    let ran = listener.stop();
    let ran = ran
        .says("error: sourcing (xportcn): ")
        .says("permission denied");
    assert_eq!(ran.stdout, "");
}

#[test]
fn people_read_a_line_per_event_and_case() {
    let options = "--look-up --format table --redact";
    let shops = pushing(&[]);
    let mut listener = Listener::start(&shops, options);
    let hostile = of_shoplazza(SHOP, r"\u001b[31m1\u202e", "10.00");
    assert_eq!(listener.send(&hostile).0, 200);
    assert_eq!(listener.send(&of_xportcn("TQ8651493722961198")).0, 200);
    let lines = [listener.line(), listener.line(), listener.line()];
    assert_eq!(
        lines[..2],
        [
            "                      refunded        us-store, order [31m1, 10.00 USD paid back until then (orders/partially_refunded)\n",
            "2026-05-20T07:47:49Z  status          sourcing, case TQ8651493722961198 (ORDER_BUYER_VIEW_ORDER_BUYER_REFUND)\n",
        ]
    );
    assert!(lines[2].starts_with("  TQ8651493722961198"), "{lines:?}");
    assert!(
        lines[2].contains(": return_in_transit, awaits seller"),
        "{lines:?}"
    );
    listener.stop();
}

#[test]
fn redaction_hides_what_a_key_is_made_of() {
    let mut listener = Listener::start(&configured(&accounts()), "--redact");
    assert_eq!(listener.send(&of_wechat("4000000000000001")).0, 200);
    let event = listener.event();
    assert_eq!(event.case.as_deref(), Some("4000000000000001"));
    assert_eq!(event.key.len(), 64);
    listener.stop();
}

#[test]
fn only_the_accounts_that_are_named_or_have_settings_are_listened_for() {
    let more = "[accounts.courses]\nplatform = 'xiaoe'\n[accounts.other]\nplatform = 'shoplazza'\n";
    let shops = configured(&(accounts() + more));
    let listener = Listener::start(&shops, "");
    for path in ["/courses", "/other"] {
        assert_eq!(listener.send(&post(path, &[], "{}")).0, 404);
    }
    listener
        .stop()
        .says("courses (xiaoe): this command cannot read what the platform pushes; a program can")
        .says("note: not listened for, without [accounts.NAME.push]: other\n");

    let listener = Listener::start(&shops, "--account sourcing --account wx");
    assert_eq!(listener.send(&of_imetastore("1", "1")).0, 404);
    assert_eq!(listener.send(&of_xportcn("TQ1")).0, 200);
    let ran = listener.stop();
    assert!(!ran.stderr.contains("games"), "{ran}");
}

#[test]
fn what_cannot_be_listened_for_is_said_before_anything_is() {
    let shop = |push: &str| format!("[accounts.a]\nplatform = 'shoplazza'\n{push}\n");
    let wechat = "[accounts.a]\nplatform = 'wechat-shop'\n[accounts.a.push]\ntoken = 'CANARY'\n";
    let busy = Listener::with_accounts();
    let shops = Shops::open(&[]);
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
        (accounts(), "--account none", "there is no account"),
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
        shops.configure(&configuration);
        let ran = shops.run(&format!("listen {options}")).ends(2);
        assert_eq!(ran.says(message).says("  hint: ").stdout, "");
    }
    shops.configure(&accounts());
    let line = format!("listen --address {}", busy.address);
    shops.run(&line).ends(2).says("choose another --address");
}

#[test]
fn the_settings_in_the_readme_are_accepted() {
    let readme = include_str!("../../README.md");
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
