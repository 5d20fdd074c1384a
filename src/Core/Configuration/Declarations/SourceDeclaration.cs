using Fairway.Source;

namespace Fairway.Configuration;

/// <summary>The section <c>source</c>.</summary>
internal static class SourceDeclaration
{
    private const string Reference = @"^(env:[A-Za-z_][A-Za-z0-9_]*|file:/.+)$|\$\{";

    /// <summary>The declaration.</summary>
    public static RecordShape<SourceSettings> Declare() => new RecordShape<SourceSettings>("Source", "Where commits come from, what they look like and how versions are counted.", new())
        .Optional("repositories", new MapShape<RepositorySettings>("repositories by name", NameRules.Services, Repository()) { Empty = () => new() },
            "Repositories that are pushed to (`git push fairway main`) or fetched.", "none",
            (source, value) => source with { Repositories = [.. value.Select(pair => pair.Value with { Name = pair.Key })] }).Not("repository", "repos")
        .Optional("commits", Commits(), "What messages look like beyond Conventional Commits 1.0.0.", null, (source, value) => source with { Commits = value }).Not("commit", "messages")
        .Optional("versions", Versions(), "How versions are counted (Semantic Versioning 2.0.0) and what their tags are called.", null, (source, value) => source with { Versions = value })
            .Not("version", "tags")
        .Optional("links", Links(), "Where release notes link to.", "nowhere", (source, value) => source with { Links = value });

    private static RecordShape<CommitRules> Commits() => new RecordShape<CommitRules>("Commits", "Rules for commit messages: for `fairway commit check`, and for pushes where a repository says so.", new())
        .Optional("types", Words("a type"), "The types there are; `[]` allows any.", string.Join(", ", CommitRules.UsualTypes), (rules, value) => rules with { Types = value }).Like("feat", "fix").Not("type")
        .Optional("scopes", Words("a scope"), "The scopes there are.", "any", (rules, value) => rules with { Scopes = value }).Like("cart", "api").Not("scope")
        .Field("scopeNeeded", Scalars.Switch, "Whether each commit must have a scope.", rules => rules.ScopeNeeded, (rules, value) => rules with { ScopeNeeded = value }).Not("requireScope")
        .Field("longestHeader", Scalars.Whole(0, 1000), "Characters of the first line; 0 is any.", rules => rules.LongestHeader, (rules, value) => rules with { LongestHeader = value })
            .Not("headerMaxLength", "subjectLength")
        .Optional("footers", Words("a footer"), "Footers that each commit must have.", "none", (rules, value) => rules with { NeededFooters = value }).Like("Refs").Not("trailers")
        .Field("merges", Scalars.Switch, "Whether merge commits may keep git's own wording.", rules => rules.MergesAllowed, (rules, value) => rules with { MergesAllowed = value });

    private static RecordShape<VersionRules> Versions() => new RecordShape<VersionRules>("Versions", "How the next version follows from commits. While the major is 0, a breaking change moves the minor.", new())
        .Field("tag", new ScalarShape<string>("text", "a tag's name with {version} in it, such as v{version} or {service}-v{version}",
                text => text.Contains("{version}", StringComparison.Ordinal) && RefUpdate.IsName(text.Replace("{version}", "1.0.0", StringComparison.Ordinal).Replace("{service}", "x", StringComparison.Ordinal))
                    ? Parsed.Value(text) : Parsed.Malformed<string>(problem: "is no tag's name with {version} in it"),
                value => value, () => new() { ["type"] = "string", ["pattern"] = @"\{version\}|\$\{" }),
            "What a version's tag is called; with `{service}` each service is counted by itself.", rules => rules.Tag, (rules, value) => rules with { Tag = value }).Like("{service}-v{version}").Not("format", "prefix")
        .Field("first", new ScalarShape<string>("version", "a version such as 0.1.0", text => SemanticVersion.TryParse(text, out _) ? Parsed.Value(text) : Parsed.Malformed<string>(), value => value,
                () => new() { ["type"] = "string" }),
            "The first version of all.", rules => rules.First, (rules, value) => rules with { First = value }).Like("1.0.0").Not("initial")
        .Optional("minor", Words("a type"), "Types of commits that move the minor.", "feat", (rules, value) => rules with { MinorTypes = value }).Like("feat")
        .Optional("patch", Words("a type"), "Types of commits that move the patch.", "fix, perf, revert", (rules, value) => rules with { PatchTypes = value }).Like("fix", "perf");

    private static RecordShape<NoteLinks> Links() => new RecordShape<NoteLinks>("Links", "Pages that release notes link to.", new())
        .Optional("commit", Page("{hash}"), "A commit's page, with `{hash}` in it.", "no link", (links, value) => links with { Commit = value }).Like("https://github.com/acme/shop/commit/{hash}")
        .Optional("issue", Page("{number}"), "An issue's page, with `{number}` in it.", "no link", (links, value) => links with { Issue = value }).Like("https://github.com/acme/shop/issues/{number}");

    private static RecordShape<RepositorySettings> Repository() => new RecordShape<RepositorySettings>("Repository", "A repository that is pushed to, or fetched from elsewhere.", new())
        .Field("trunk", Branch, "The branch that is shipped; it can neither be rewritten nor deleted.", repository => repository.Trunk, (repository, value) => repository with { Trunk = value })
            .Like("main").Not("branch", "default", "mainBranch")
        .Optional("branches", Words("a pattern"), "Branches that may be pushed besides the trunk: `*` is any letters but `/`, `**` any at all. `[]` is none.", "any",
            (repository, value) => repository with { Branches = value }).Like("feature/**")
        .Optional("tags", Words("a pattern"), "Tags that may be pushed. None can be moved or deleted.", "any", (repository, value) => repository with { Tags = value }).Like("v*")
        .Optional("rewritable", Words("a pattern"), "Branches whose history may be rewritten; never the trunk's.", "any but the trunk", (repository, value) => repository with { Rewritable = value })
            .Like("feature/**").Not("forcePush", "force")
        .Field("checkCommits", Scalars.OneOf(("off", CommitChecking.Off), ("trunk", CommitChecking.Trunk), ("all", CommitChecking.All)),
            "Where pushes with bad commit messages are refused.", repository => repository.CheckCommits, (repository, value) => repository with { CheckCommits = value }).Not("commitCheck", "conventional")
        .Field("submodules", Scalars.Switch, "Whether submodules may be committed. They are never fetched.", repository => repository.Submodules, (repository, value) => repository with { Submodules = value })
        .Optional("limits", Limits(), "How large what is pushed may be.", null, (repository, value) => repository with { Limits = value }).Not("limit")
        .Optional("fetch", Address, "Where it is fetched from, when it is hosted elsewhere: an https, http or ssh address without a password, or a folder.", "nowhere",
            (repository, value) => repository with { Fetch = value }).Like("https://github.com/acme/shop.git").Not("url", "remote", "origin")
        .Optional("poll", Scalars.Time(zero: false), "How often it is fetched by itself: for a host that cannot reach this machine. When the control plane starts it is fetched anyhow.",
            "never", (repository, value) => repository with { Poll = value }).Like("1m").Not("interval", "every", "pollInterval")
        .Optional("credential", SecretReference, "Where the token or password for fetching is.", "none", (repository, value) => repository with { Credential = value }).Like("env:GITHUB_TOKEN")
            .Not("token", "password")
        .Field("credentialUser", Scalars.Word("a name"), "Whose credential it is.", repository => repository.CredentialUser, (repository, value) => repository with { CredentialUser = value })
            .Like("oauth2").Not("user", "username")
        .Optional("webhook", Hook(), "The host that tells of pushes, at `/hooks/github/NAME` or `/hooks/gitlab/NAME`.", "nobody", (repository, value) => repository with { Hook = value }).Not("hook", "webhooks")
        .Optional("status", Status(), "Where a commit's status is told.", "nowhere", (repository, value) => repository with { Status = value }).Not("statuses");

    private static RecordShape<PushLimits> Limits() => new RecordShape<PushLimits>("Push limits", "What is over them is refused while it is sent.", new())
        .Field("file", Scalars.Size, "Largest file.", limits => limits.LargestFile, (limits, value) => limits with { LargestFile = value }).Not("blob", "largestFile")
        .Field("push", Scalars.Size, "All of one push, packed.", limits => limits.LargestPush, (limits, value) => limits with { LargestPush = value }).Not("pack", "size")
        .Field("objects", Scalars.Whole(1, 100_000_000), "Objects of one push, and files of one commit.", limits => limits.MostObjects, (limits, value) => limits with { MostObjects = value })
        .Field("path", Scalars.Whole(1, 4096), "Bytes of a file's path.", limits => limits.LongestPath, (limits, value) => limits with { LongestPath = value })
        .Field("time", Scalars.Time(zero: false), "Longest time of one push or fetch.", limits => limits.Time, (limits, value) => limits with { Time = value }).Not("timeout");

    private static RecordShape<HookSettings> Hook() => new RecordShape<HookSettings>("Webhook", "Who tells, and what only both know.", new(SourceHost.GitHub, ""))
        .Optional("github", SecretReference, "Where the secret is that GitHub signs with (`X-Hub-Signature-256`).", null, (_, value) => new(SourceHost.GitHub, value)).Like("env:HOOK_SECRET")
        .Optional("gitlab", SecretReference, "Where GitLab's secret token is (`X-Gitlab-Token`), or its signing token (`whsec_…`).", null, (_, value) => new(SourceHost.GitLab, value)).Like("file:/run/secrets/hook")
        .OneOf("github", "gitlab")
        .Inspect((hook, binder) => NeedsHost(hook, binder));

    private static RecordShape<StatusSettings> Status() => new RecordShape<StatusSettings>("Status", "The API that takes a commit's status.", new())
        .Optional("github", Project, "The repository there, as owner/name.", null, (status, value) => status with { Host = SourceHost.GitHub, Project = value }).Like("acme/shop")
        .Optional("gitlab", Project, "The project there, by its path or number.", null, (status, value) => status with { Host = SourceHost.GitLab, Project = value }).Like("acme/shop", "42")
        .OneOf("github", "gitlab")
        .Required("token", SecretReference, "Where the API's token is.", (status, value) => status with { Token = value }).Like("env:GITHUB_TOKEN")
        .Optional("api", Api, "The API's address.", "https://api.github.com or https://gitlab.com/api/v4", (status, value) => status with { Api = value }).Like("https://gitlab.example.com/api/v4").Not("url", "baseUrl")
        .Field("context", Scalars.Word("a name"), "What the status is called there.", status => status.Context, (status, value) => status with { Context = value }).Not("name")
        .Inspect((status, binder) => NeedsHost(status, binder));

    private static ListShape<string> Words(string expected) => new(Scalars.Word(expected), orOne: true);

    private static ScalarShape<string> Branch => new("branch", "a branch's name such as main", text => RefUpdate.IsName(text) && !text.StartsWith("refs/", StringComparison.Ordinal) ? Parsed.Value(text) : Parsed.Malformed<string>(),
        value => value, () => new() { ["type"] = "string", ["minLength"] = 1 });

    private static ScalarShape<string> Project => new("project", "owner/name", text => text.Length is > 0 and <= 255 && text.All(letter => char.IsAsciiLetterOrDigit(letter) || letter is '/' or '-' or '_' or '.')
            && !text.Split('/').Any(part => part is "" or "." or "..") ? Parsed.Value(text) : Parsed.Malformed<string>(),
        value => value, () => new() { ["type"] = "string", ["minLength"] = 1 });

    private static ScalarShape<string> Page(string place) => new("URL", $"an https URL with {place} in it", text => text.StartsWith("http", StringComparison.Ordinal) && text.Contains(place, StringComparison.Ordinal)
            && Uri.TryCreate(text.Replace(place, "1", StringComparison.Ordinal), UriKind.Absolute, out _) && text.IndexOfAny([' ', ')', '(', '<', '>', '"']) < 0 ? Parsed.Value(text) : Parsed.Malformed<string>(),
        value => value, () => new() { ["type"] = "string", ["pattern"] = @"^https?://|\$\{" });

    private static ScalarShape<Uri> Api => new("URL", "an https URL such as https://gitlab.example.com/api/v4", text => Uri.TryCreate(text, UriKind.Absolute, out var url)
            && (url.Scheme == Uri.UriSchemeHttps || (url.Scheme == Uri.UriSchemeHttp && url.IsLoopback)) && url.UserInfo.Length == 0 ? Parsed.Value(url) : Parsed.Malformed<Uri>(problem: "is no https URL"),
        value => value.ToString(), () => new() { ["type"] = "string", ["pattern"] = @"^https?://|\$\{" });

    private static ScalarShape<string> Address => new("address", "an https, http or ssh address without a password, or a folder's absolute path", ParseAddress, value => value,
        () => new() { ["type"] = "string", ["minLength"] = 1 }) { Secret = true };

    private static ScalarShape<string> SecretReference => new("`env:NAME` or `file:/path`", "env:NAME or file:/path, never the secret itself",
        text => (text.StartsWith("env:", StringComparison.Ordinal) ? NameRules.IsVariableName(text[4..]) : text.StartsWith("file:/", StringComparison.Ordinal) && text.Length > 6)
            ? Parsed.Value(text) : Parsed.Malformed<string>(problem: "is not a reference to a secret"),
        value => value, () => new() { ["type"] = "string", ["pattern"] = Reference }) { Secret = true };

    private static Parsed<string> ParseAddress(string text)
    {
        if (text.StartsWith('/') && !text.Contains('\0', StringComparison.Ordinal)) return Parsed.Value(text);
        if (!Uri.TryCreate(text, UriKind.Absolute, out var url) || url.Scheme is not ("https" or "http" or "ssh" or "file")) return Parsed.Malformed<string>(problem: "is neither an address nor a folder");
        // A user alone is part of an ssh address; a password is a secret, and has its own place.
        return url.UserInfo.Contains(':', StringComparison.Ordinal) || (url.UserInfo.Length > 0 && url.Scheme != "ssh") ? Parsed.Malformed<string>(problem: "holds a credential; name it under credential") : Parsed.Value(text);
    }

    private static void NeedsHost(MappingNode node, Binder binder)
    {
        if (node.Find("github") is null && node.Find("gitlab") is null) binder.Diagnostics.Error(DiagnosticCodes.MissingField, node.At, "no host is named", "github or gitlab");
    }
}
