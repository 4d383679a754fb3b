"""Reports of delivery as mail servers write them, filled in for the tests: examples, of nobody's mail."""

POSTFIX = """From MAILER-DAEMON Mon Feb  1 10:00:03 2010
Return-Path: <>
Date: Mon,  1 Feb 2010 10:00:03 +0000 (GMT)
From: MAILER-DAEMON@mx.example.org (Mail Delivery System)
Subject: Undelivered Mail Returned to Sender
To: yardstick@example.org
Auto-Submitted: auto-replied
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status;
\tboundary="4C1B2A0F3D.1265018403/mx.example.org"
Message-Id: <20100201100003.5E2C7A0F41@mx.example.org>

This is a MIME-encapsulated message.

--4C1B2A0F3D.1265018403/mx.example.org
Content-Description: Notification
Content-Type: text/plain; charset=us-ascii

This is the mail system at host mx.example.org.

I'm sorry to have to inform you that your message could not
be delivered to one or more recipients. It's attached below.

--4C1B2A0F3D.1265018403/mx.example.org
Content-Description: Delivery report
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example.org
X-Postfix-Queue-ID: 4C1B2A0F3D
X-Postfix-Sender: rfc822; yardstick@example.org
Arrival-Date: Mon,  1 Feb 2010 10:00:01 +0000 (GMT)

Final-Recipient: rfc822; {final}
Original-Recipient: rfc822;{original}
Action: {action}
Status: {status}
Remote-MTA: dns; mail.example.net
Diagnostic-Code: smtp; {diagnostic}

--4C1B2A0F3D.1265018403/mx.example.org
Content-Description: Undelivered Message
Content-Type: message/rfc822

Received: from yardstick.example.org (localhost [127.0.0.1])
\tby mx.example.org (Postfix) with ESMTP id 4C1B2A0F3D
\tfor <{original}>; Mon,  1 Feb 2010 10:00:01 +0000 (GMT)
From: yardstick@example.org
To: {original}
Subject: Your return is due
Date: {date}
Message-ID: {message_id}
MIME-Version: 1.0
Content-Type: text/plain; charset="us-ascii"
Content-Transfer-Encoding: 7bit

Dear reader,

This is a mail.

--4C1B2A0F3D.1265018403/mx.example.org--
"""
"""With the returned mail whole, as a pipe hands it over: with a line of the envelope above the headers."""

EXCHANGE = """From: Microsoft Outlook <postmaster@example.org>
To: <yardstick@example.org>
Date: Mon, 1 Feb 2010 10:00:05 +0000
Content-Type: multipart/report; report-type="delivery-status";
\tboundary="_000_8d2f41c0e9b7"
Content-Language: en-US
Message-ID: <8d2f41c0-e9b7-4d3a@exchange.example.org>
In-Reply-To: {message_id}
References: {message_id}
Subject: Undeliverable: Your return is due
Auto-Submitted: auto-replied
MIME-Version: 1.0

--_000_8d2f41c0e9b7
Content-Type: multipart/alternative; differences=Content-Type;
\tboundary="_001_8d2f41c0e9b7"

--_001_8d2f41c0e9b7
Content-Type: text/plain; charset="us-ascii"

Delivery has failed to these recipients or groups:

--_001_8d2f41c0e9b7
Content-Type: text/html; charset="us-ascii"

<html><body><p>Delivery has failed to these recipients or groups:</p></body></html>

--_001_8d2f41c0e9b7--

--_000_8d2f41c0e9b7
Content-Type: message/delivery-status

Reporting-MTA: dns;exchange.example.org
Received-From-MTA: dns;mx.example.org
Arrival-Date: Mon, 1 Feb 2010 10:00:04 +0000

Original-Recipient: rfc822;{original}
Final-Recipient: rfc822;{final}
Action: {action}
Status: {status}
Diagnostic-Code: smtp;{diagnostic}
X-Display-Name: {original}


--_000_8d2f41c0e9b7
Content-Type: text/rfc822-headers

Received: from mx.example.org (192.0.2.7) by exchange.example.org
 (192.0.2.8) with Microsoft SMTP Server id 8.1.436.0; Mon, 1 Feb 2010
 10:00:04 +0000
From: <yardstick@example.org>
To: <{original}>
Subject: Your return is due
Date: {date}
Message-ID:
 {message_id}
MIME-Version: 1.0

--_000_8d2f41c0e9b7--
"""
"""With the headers of the returned mail alone, the Message-ID on a line of its own."""
STYLES = {"postfix": POSTFIX, "exchange": EXCHANGE}


def report(
    message_id, to, *, style="postfix", action="failed", status="5.1.1", diagnostic="", original=None,
    date="Mon, 01 Feb 2010 10:00:00 +0000",
):  # fmt: skip
    """A report of what became of a mail to an address, as bytes."""
    said = diagnostic or f"550 {status} <{to}>: Recipient address rejected: User unknown"
    written = STYLES[style].format(message_id=message_id, final=to, original=original or to, action=action, status=status,
                                   diagnostic=said, date=date)  # fmt: skip
    return written.replace("\n", "\r\n" if style == "exchange" else "\n").encode()
