using System.Text.Json;
using Fairway.Kernel;

namespace Fairway.Source;

/// <summary>What a host tells of.</summary>
public enum HookKind
{
    /// <summary>A branch moved.</summary>
    Push,

    /// <summary>A tag came or went.</summary>
    Tag,

    /// <summary>A pull or merge request was opened, got new commits, or was closed.</summary>
    PullRequest,

    /// <summary>The host tries whether somebody listens.</summary>
    Ping,

    /// <summary>Anything else; nothing is done.</summary>
    Other,
}

/// <summary>What a webhook says, of either host.</summary>
/// <param name="Kind">What it tells of.</param>
/// <param name="Word">The host's own word, such as <c>push</c> or <c>Tag Push Hook</c>.</param>
/// <param name="Delivery">The delivery's id; empty when the host sends none.</param>
public sealed record WebhookPayload(HookKind Kind, string Word, string Delivery)
{
    /// <summary>Largest body, in bytes. GitHub sends at most 25 MB.</summary>
    public const int LargestBody = 25 << 20;

    private const int Deepest = 64;

    /// <summary>What moved; null for what moves nothing.</summary>
    public RefUpdate? Update { get; init; }

    /// <summary>The repository's name there, such as <c>acme/shop</c>.</summary>
    public string Project { get; init; } = "";

    /// <summary>Who did it.</summary>
    public string By { get; init; } = "";

    /// <summary>The pull or merge request's number; null without one.</summary>
    public long? Number { get; init; }

    /// <summary>The branch that a request comes from; empty without one.</summary>
    public string HeadBranch { get; init; } = "";

    /// <summary>The branch that a request goes to; empty without one.</summary>
    public string BaseBranch { get; init; } = "";

    /// <summary>That branch's commit, where the host says it.</summary>
    public string? BaseCommit { get; init; }

    /// <summary>Whether the request's commits are of another repository: they must not see this one's secrets.</summary>
    public bool IsForeign { get; init; }

    /// <summary>Reads a body whose signature was right; exactly one of both is null.</summary>
    /// <param name="host">Who sent it.</param>
    /// <param name="request">Its headers.</param>
    /// <param name="body">JSON, at most <see cref="LargestBody"/>.</param>
    public static (WebhookPayload? Payload, string? Problem) Read(SourceHost host, HookRequest request, ReadOnlyMemory<byte> body)
    {
        if (body.Length > LargestBody) return (null, $"the body is larger than {LargestBody} bytes");
        var word = request.Header(host == SourceHost.GitHub ? "X-GitHub-Event" : "X-Gitlab-Event");
        if (word is null) return (null, host == SourceHost.GitHub ? "there is no X-GitHub-Event" : "there is no X-Gitlab-Event");
        var delivery = host == SourceHost.GitHub ? request.Header("X-GitHub-Delivery")
            : request.Header("webhook-id") ?? request.Header("Idempotency-Key") ?? request.Header("X-Gitlab-Event-UUID");
        if (delivery is { Length: > 200 } || word.Length > 100) return (null, "the delivery's id or kind is too long");
        var empty = new WebhookPayload(KindOf(host, word), PlainText.Of(word, 60), PlainText.Of(delivery ?? "", 200));
        if (empty.Kind is HookKind.Ping or HookKind.Other) return (empty, null);
        try
        {
            using var document = JsonDocument.Parse(body, new() { MaxDepth = Deepest });
            var root = document.RootElement;
            if (root.ValueKind != JsonValueKind.Object) return (null, "the body is no JSON object");
            return empty.Kind == HookKind.PullRequest ? host == SourceHost.GitHub ? PullRequest(empty, root) : MergeRequest(empty, root) : Pushed(empty, host, root);
        }
        catch (JsonException)
        {
            return (null, $"the body is no JSON, or nested deeper than {Deepest}");
        }
    }

    private static HookKind KindOf(SourceHost host, string word) => (host, word) switch
    {
        (SourceHost.GitHub, "push") or (SourceHost.GitLab, "Push Hook") => HookKind.Push,
        (SourceHost.GitLab, "Tag Push Hook") => HookKind.Tag,
        (SourceHost.GitHub, "pull_request") or (SourceHost.GitLab, "Merge Request Hook") => HookKind.PullRequest,
        (SourceHost.GitHub, "ping") => HookKind.Ping,
        _ => HookKind.Other,
    };

    private static (WebhookPayload?, string?) Pushed(WebhookPayload empty, SourceHost host, JsonElement root)
    {
        var (name, old, next) = (Text(root, "ref"), Text(root, "before"), Text(root, "after"));
        if (name is null || old is null || next is null) return (null, "ref, before or after is missing");
        if (!RefUpdate.IsName(name) || !RefUpdate.IsHash(old) || !RefUpdate.IsHash(next)) return (null, "ref, before or after is not what git calls so");
        var update = new RefUpdate(name, old, next);
        var by = host == SourceHost.GitHub ? Text(root, "pusher", "name") ?? Text(root, "sender", "login") : Text(root, "user_username") ?? Text(root, "user_name");
        return (empty with
        {
            Kind = update.Tag is null ? HookKind.Push : HookKind.Tag, Update = update, By = Name(by),
            Project = Name(host == SourceHost.GitHub ? Text(root, "repository", "full_name") : Text(root, "project", "path_with_namespace")),
        }, null);
    }

    private static (WebhookPayload?, string?) PullRequest(WebhookPayload empty, JsonElement root)
    {
        var (head, branch, number) = (Text(root, "pull_request", "head", "sha"), Text(root, "pull_request", "head", "ref"), Number64(root, "number"));
        if (head is null || branch is null || number is null || !RefUpdate.IsHash(head)) return (null, "pull_request.head or number is missing");
        var (own, theirs) = (Text(root, "pull_request", "base", "repo", "full_name"), Text(root, "pull_request", "head", "repo", "full_name"));
        var live = Text(root, "action") is "opened" or "synchronize" or "reopened" or "ready_for_review";
        return (empty with
        {
            Update = live ? new($"refs/pull/{number}/head", new('0', head.Length), head) : null, Number = number, By = Name(Text(root, "sender", "login")), Project = Name(own),
            IsForeign = own is null || own != theirs, HeadBranch = Branch(branch), BaseBranch = Branch(Text(root, "pull_request", "base", "ref")),
            BaseCommit = Text(root, "pull_request", "base", "sha") is { } sha && RefUpdate.IsHash(sha) ? sha : null,
        }, null);
    }

    private static (WebhookPayload?, string?) MergeRequest(WebhookPayload empty, JsonElement root)
    {
        var (head, number) = (Text(root, "object_attributes", "last_commit", "id"), Number64(root, "object_attributes", "iid"));
        if (head is null || number is null || !RefUpdate.IsHash(head)) return (null, "object_attributes.last_commit or iid is missing");
        var live = Text(root, "object_attributes", "action") is "open" or "reopen" || (Text(root, "object_attributes", "action") == "update" && Text(root, "object_attributes", "oldrev") is not null);
        var (own, theirs) = (Number64(root, "object_attributes", "target_project_id"), Number64(root, "object_attributes", "source_project_id"));
        return (empty with
        {
            Update = live ? new($"refs/merge-requests/{number}/head", new('0', head.Length), head) : null, Number = number, By = Name(Text(root, "user", "username")),
            Project = Name(Text(root, "project", "path_with_namespace")), IsForeign = own is null || own != theirs,
            HeadBranch = Branch(Text(root, "object_attributes", "source_branch")), BaseBranch = Branch(Text(root, "object_attributes", "target_branch")),
        }, null);
    }

    private static string Branch(string? name) => name is not null && RefUpdate.IsName(RefUpdate.Branches + name) ? name : "";

    private static string Name(string? text) => PlainText.Of(text ?? "", 100);

    private static JsonElement? Find(JsonElement at, ReadOnlySpan<string> path)
    {
        foreach (var name in path)
            if (at.ValueKind != JsonValueKind.Object || !at.TryGetProperty(name, out at)) return null;
        return at;
    }

    private static string? Text(JsonElement root, params ReadOnlySpan<string> path) => Find(root, path) is { ValueKind: JsonValueKind.String } found && found.GetString() is { Length: <= 1_000 } text ? text : null;

    private static long? Number64(JsonElement root, params ReadOnlySpan<string> path)
        => Find(root, path) is { ValueKind: JsonValueKind.Number } found && found.TryGetInt64(out var number) && number > 0 ? number : null;
}
