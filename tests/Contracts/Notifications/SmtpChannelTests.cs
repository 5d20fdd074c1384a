using System.Text;
using Fairway.Adapters.Smtp;
using Fairway.Kernel;
using Fairway.Notifications;
using Fairway.Ports;

namespace Fairway.Contracts;

public sealed class SmtpChannelTests : NotificationChannelContract
{
    [Fact]
    public async Task With_STARTTLS_nothing_of_the_mail_goes_in_the_clear()
    {
        using var subject = new Subject();
        Assert.Null(await SendAsync(subject, Delivery.Of([Message(7)])));
        Assert.True(Assert.Single(subject.Server.Mails).Secure);

        subject.Server.OffersTls = false;
        var fault = (await SendAsync(subject, Delivery.Of([Message(8)])))!;
        Assert.Contains("STARTTLS", fault.Message, StringComparison.Ordinal);
        Assert.Single(subject.Server.Mails);
    }

    [Fact]
    public async Task What_is_slipped_in_before_TLS_begins_ends_it()
    {
        using var subject = new Subject();
        subject.Server.Injected = "\r\n250 fine\r\n250 fine";
        Assert.NotNull(await SendAsync(subject, Delivery.Of([Message(7)])));
        Assert.Empty(subject.Server.Mails);
    }

    [Fact]
    public async Task TLS_from_the_first_byte_works_too()
    {
        using var subject = new Subject();
        subject.Server.IsImplicit = true;
        subject.Access = subject.Access with { Settings = subject.Access.Settings with { Security = MailSecurity.Tls } };
        Assert.Null(await SendAsync(subject, Delivery.Of([Message(7)])));
        Assert.True(Assert.Single(subject.Server.Mails).Secure);
    }

    [Fact]
    public async Task A_certificate_that_nobody_vouches_for_ends_it()
    {
        using var subject = new Subject();
        subject.Access = subject.Access with { Settings = subject.Access.Settings with { Authority = null } };
        var fault = (await SendAsync(subject, Delivery.Of([Message(7)])))!;
        Assert.Equal(Blame.Configuration, fault.Who);
        Assert.Contains("notifications.mail.authority", fault.Message, StringComparison.Ordinal);
        Assert.Empty(subject.Server.Mails);
    }

    [Fact]
    public async Task User_and_password_are_given_over_TLS_and_never_shown()
    {
        using var subject = new Subject();
        subject.Server.Account = ("fairway", "a-secret-word");
        subject.Access = subject.Access with { Settings = subject.Access.Settings with { User = "fairway" }, Password = "a-secret-word" };
        Assert.Null(await SendAsync(subject, Delivery.Of([Message(7)])));

        subject.Access = subject.Access with { Password = "a-wrong-secret" };
        var fault = (await SendAsync(subject, Delivery.Of([Message(8)])))!;
        Assert.Equal((FaultKind.Forbidden, true), (fault.Kind, fault.Retryable));
        Assert.DoesNotContain("secret", fault.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", subject.Access.ToString(), StringComparison.Ordinal);
    }

    private protected override IChannelSubject Open() => new Subject();

    private sealed class Subject : IChannelSubject
    {
        private readonly string _folder = Directory.CreateTempSubdirectory("fairway-mail-").FullName;

        public Subject()
        {
            File.WriteAllText(Path.Combine(_folder, "ca.pem"), Server.Authority);
            Access = new(new() { Host = "localhost", Port = Server.Port, From = "fairway@example.com", Authority = "ca.pem" }, null, _folder);
            Channel = new SmtpChannel(() => (Access, null), TimeProvider.System);
        }

        public SmtpServer Server { get; } = new();

        public SmtpAccess Access { get; set; }

        public INotificationChannel Channel { get; }

        public ChannelKind Kind => ChannelKind.Mail;

        public Destination To { get; } = new("anna@example.com", null);

        public IReadOnlyList<(string? Id, string Text)> Received => [.. Server.Mails.Select(mail => Read(mail.To, mail.Data))];

        public void RefuseForNow() => Server.RecipientAnswer = "451 greylisted";

        public void RefuseForEver() => Server.RecipientAnswer = "550 no such mailbox";

        public void Vanish() => Server.Stop();

        public void Dispose()
        {
            Server.Dispose();
            Directory.Delete(_folder, recursive: true);
        }

        // As a mail program reads it: the head up to the first empty line, and no header twice.
        private static (string? Id, string Text) Read(string to, string data)
        {
            Assert.Equal("RCPT TO:<anna@example.com>", to);
            var end = data.IndexOf("\n\n", StringComparison.Ordinal);
            var headers = data[..end].Replace("\n ", " ", StringComparison.Ordinal).Split('\n').Select(line => line.Split(": ", 2)).ToArray();
            Assert.Equal(headers.Length, headers.Select(header => header[0]).Distinct(StringComparer.OrdinalIgnoreCase).Count());
            Assert.DoesNotContain(headers, header => header[0].Equals("Bcc", StringComparison.OrdinalIgnoreCase));
            return (headers.Single(header => header[0] == "Message-ID")[1], Encoding.UTF8.GetString(Convert.FromBase64String(data[end..])));
        }
    }
}
