using Fairway.Notifications;

namespace Fairway.Configuration;

/// <summary>The section <c>notifications</c>.</summary>
internal static class NotificationDeclaration
{
    private const string Reference = @"^(env:[A-Za-z_][A-Za-z0-9_]*|file:/.+)$|\$\{";

    /// <summary>The declaration; a list alone stands for <c>subscriptions</c>.</summary>
    public static Shape<NotificationSettings> Declare()
    {
        var subscriptions = new ListShape<ConfiguredSubscription>(Subscription);
        var full = new RecordShape<NotificationSettings>("Notifications", "Who is told of what, by mail or webhook. People subscribe by `fairway subscribe` too.", new())
            .Optional("mail", Mail, "The server that mails are handed to.", "no mails are sent", (settings, value) => settings with { Mail = value }).Not("smtp", "email")
            .Optional("subscriptions", subscriptions, "Who is told.", "nobody", (settings, value) => settings with { Subscriptions = value })
                .Not("subscribers", "receivers", "routes", "channels");
        return new ShorthandShape<NotificationSettings>(full, "subscriptions", subscriptions);
    }

    /// <summary>Names in subscriptions that nothing has: nobody would ever be told.</summary>
    public static void Check(NotificationSettings settings, IReadOnlyCollection<string> services, IReadOnlyCollection<string> environments, SourceMap sources, DiagnosticList diagnostics)
    {
        foreach (var (index, subscription) in settings.Subscriptions.Index())
        {
            var path = $"notifications.subscriptions[{index}]";
            Unknown(subscription.Services, services, path + ".services", sources, diagnostics);
            Unknown(subscription.Environments, environments, path + ".environments", sources, diagnostics);
        }
    }

    private static void Unknown(ImmutableArray<string> names, IReadOnlyCollection<string> known, string path, SourceMap sources, DiagnosticList diagnostics)
    {
        foreach (var (index, name) in names.Index())
            if (!known.Contains(name, StringComparer.Ordinal) && (sources.Find($"{path}[{index}]") ?? sources.Find(path)) is { } at)
                diagnostics.Error(DiagnosticCodes.UnknownWord, at, $"there is no {name}", $"one of {string.Join(", ", known)}", NearestName.Of(name, known));
    }

    private static RecordShape<ConfiguredSubscription> Subscription => new RecordShape<ConfiguredSubscription>("Subscription",
            "Somebody who is told. Without `services`, `environments` or `on`: of all of them.", new())
        .Required("to", To, "Whom: a mail address, or where a webhook is.", (subscription, to) => subscription with { Channel = to.Channel, Address = to.Address, SigningKey = to.SigningKey })
            .Like("anna@example.com").Not("target", "receiver", "url", "address")
        .Optional("services", Names("a service's name"), "Only these services.", "all", (subscription, value) => subscription with { Services = value })
            .Like("shop").Not("service")
        .Optional("environments", Names("an environment's name"), "Only these environments.", "all", (subscription, value) => subscription with { Environments = value })
            .Like("production").Not("environment", "envs")
        .Optional("on", new ListShape<NotificationKind>(Kind, orOne: true), "Only this.", "everything", (subscription, value) => subscription with { On = value })
            .Like("held", "rolledBack").Not("events", "kinds", "when");

    private static ScalarShape<NotificationKind> Kind => Scalars.OneOf(
        ("started", NotificationKind.Started), ("promoted", NotificationKind.Promoted), ("held", NotificationKind.Held), ("rolledBack", NotificationKind.RolledBack),
        ("aborted", NotificationKind.Aborted), ("completed", NotificationKind.Completed));

    private static Shape<ConfiguredSubscription> To => new ShorthandShape<ConfiguredSubscription>(Destination, "mail", MailAddress);

    private static RecordShape<ConfiguredSubscription> Destination => new RecordShape<ConfiguredSubscription>("Destination",
            "One of `mail`, `webhook` and `slack`. A mail address alone is `{ mail: address }`.", new())
        .Optional("mail", MailAddress, "A mail address.", null, (to, value) => to with { Channel = ChannelKind.Mail, Address = value }).Like("anna@example.com").Not("email")
        .Optional("webhook", WebhookUrl, "A URL that takes signed messages, or where it is kept: `env:NAME` or `file:/path`.", null,
            (to, value) => to with { Channel = ChannelKind.Webhook, Address = value }).Like("https://hooks.example.com/fairway", "env:HOOK_URL").Not("url", "http")
        .Optional("key", SecretReference, "Where the key is that a webhook's messages are signed with.", "they are not signed",
            (to, value) => to with { SigningKey = value }).Like("file:/run/secrets/hook-key").Not("secret", "signingKey")
        .Optional("slack", SecretReference, "Where the URL of an incoming webhook of Slack, Mattermost or the like is kept: the URL itself is a secret.", null,
            (to, value) => to with { Channel = ChannelKind.Slack, Address = value }).Like("env:SLACK_URL").Not("mattermost", "discord", "teams")
        .OneOf("mail", "webhook", "slack")
        .Inspect(InspectDestination);

    private static RecordShape<MailSettings> Mail => new RecordShape<MailSettings>("Mail server", "A server that takes mails by SMTP.", new() { Host = "", From = "" })
        .Required("server", Server, "Its name and port; without a port 587.", (mail, value) => mail with { Host = value.Host, Port = value.Port }).Like("smtp.example.com:587")
            .Not("host", "smarthost", "address")
        .Required("from", MailAddress, "The sender's address.", (mail, value) => mail with { From = value }).Like("fairway@example.com").Not("sender")
        .Field("security", Scalars.OneOf(("startTls", MailSecurity.StartTls), ("tls", MailSecurity.Tls), ("none", MailSecurity.None)),
            "`startTls` sends nothing without TLS; `tls` is TLS from the first byte (port 465); `none` is for a relay on this machine.", mail => mail.Security,
            (mail, value) => mail with { Security = value }).Not("tls", "encryption")
        .Optional("user", Scalars.Word("a name"), "Whom to sign in as.", "nobody", (mail, value) => mail with { User = value }).Like("fairway").Not("username", "login")
        .Optional("password", SecretReference, "Where the password is.", "no password", (mail, value) => mail with { Password = value }).Like("file:/run/secrets/smtp")
            .Not("passwordFile", "pass")
        .Optional("authority", Scalars.Path("the path of a PEM file"), "Certificates that the server's is checked with, relative to this file.", "the system's",
            (mail, value) => mail with { Authority = value }).Like("ca.pem").Not("ca", "caFile")
        .Inspect(InspectMail);

    private static ListShape<string> Names(string expected) => new(Scalars.Word(expected, "name"), orOne: true);

    private static ScalarShape<string> MailAddress => new("mail address", "a mail address such as anna@example.com",
        text => DestinationRules.IsMailAddress(text) ? Parsed.Value(text) : Parsed.Malformed<string>(), value => value, () => new() { ["type"] = "string", ["pattern"] = @"^[^@\s]+@[^@\s]+$|\$\{" });

    private static ScalarShape<string> WebhookUrl => new("URL, `env:NAME` or `file:/path`", "a URL such as https://hooks.example.com/fairway, or env:NAME or file:/path",
        text => IsReference(text) || DestinationRules.IsUrl(text) ? Parsed.Value(text) : Parsed.Malformed<string>(problem: "is neither a URL nor a reference"),
        value => value, () => new() { ["type"] = "string", ["pattern"] = @"^https?://|" + Reference }) { Secret = true };

    private static ScalarShape<string> SecretReference => new("`env:NAME` or `file:/path`", "env:NAME or file:/path, never the secret itself",
        text => IsReference(text) ? Parsed.Value(text) : Parsed.Malformed<string>(problem: "is not a reference to a secret"),
        value => value, () => new() { ["type"] = "string", ["pattern"] = Reference }) { Secret = true };

    private static ScalarShape<ListenAddress> Server => new("host or host:port", "a host and port such as smtp.example.com:587", ParseServer, value => value.ToString(),
        () => new() { ["type"] = "string", ["minLength"] = 1 });

    private static Parsed<ListenAddress> ParseServer(string text)
    {
        var parsed = ListenAddress.Parse(text.Contains(':', StringComparison.Ordinal) ? text : text + ":587");
        return parsed.IsValid && parsed.Value.Host == "*" ? Parsed.Malformed<ListenAddress>(problem: "names no host") : parsed;
    }

    private static bool IsReference(string text) => text.StartsWith("env:", StringComparison.Ordinal) ? NameRules.IsVariableName(text[4..])
        : text.StartsWith("file:/", StringComparison.Ordinal) && text.Length > 6;

    private static void InspectDestination(MappingNode to, Binder binder)
    {
        if (to.Find("mail") is null && to.Find("webhook") is null && to.Find("slack") is null)
            binder.Diagnostics.Error(DiagnosticCodes.MissingField, to.At, "nobody is named", "mail, webhook or slack");
        if (to.Find("key") is { } key && to.Find("webhook") is null)
            binder.Diagnostics.Error(DiagnosticCodes.ChooseOne, key.Key.At, "only a webhook's messages are signed", "key beside webhook");
    }

    private static void InspectMail(MappingNode mail, Binder binder)
    {
        if (mail.Find("user") is null != mail.Find("password") is null)
            binder.Diagnostics.Error(DiagnosticCodes.MissingField, (mail.Find("user") ?? mail.Find("password"))!.Key.At, "user and password belong together", "both or neither");
        if (mail.Find("user") is { } user && mail.Find("security")?.Value is ScalarNode { Value: "none" })
            binder.Diagnostics.Error(DiagnosticCodes.ChooseOne, user.Key.At, "a password would go over the network in the clear", "security startTls or tls");
    }
}
