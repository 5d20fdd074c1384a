using Fairway.Access;

namespace Fairway.Api;

/// <summary>Where a permission must be held for an endpoint whose address names no environment.</summary>
public enum Reach
{
    /// <summary>In every environment: the answer or the act is about all of them.</summary>
    Everywhere,

    /// <summary>In at least one: the handler demands the rest by <see cref="ApiRequest.Demand"/>, or leaves out what the caller may not see.</summary>
    Somewhere,
}

/// <summary>How an endpoint answers.</summary>
public enum EndpointKind
{
    /// <summary>JSON under <c>/api</c>.</summary>
    Api,

    /// <summary>HTML, for a browser.</summary>
    Page,

    /// <summary>Another API with paths and answers of its own.</summary>
    Foreign,
}

/// <summary>An endpoint with what it needs. Each one in the program carries one as metadata; one without does not start.</summary>
/// <param name="method">HTTP method; <c>*</c> is any.</param>
/// <param name="pattern">Its whole path, such as <c>/api/services/{environment}/{service}</c>.</param>
/// <param name="needs">What the caller must be allowed; where the path has <c>{environment}</c>, there.</param>
/// <param name="kind">How it answers.</param>
public sealed class DeclaredEndpoint(string method, string pattern, Permission needs, EndpointKind kind)
{
    /// <summary>HTTP method; <c>*</c> is any.</summary>
    public string Method { get; } = method;

    /// <summary>Its whole path.</summary>
    public string Pattern { get; } = pattern;

    /// <summary>What the caller must be allowed.</summary>
    public Permission Needs { get; } = needs;

    /// <summary>How it answers.</summary>
    public EndpointKind Kind { get; } = kind;

    /// <summary>Where, when the path names no environment.</summary>
    public Reach Reach { get; init; }

    /// <summary>What is asked for from who is not known: <c>Bearer</c>, or <c>Basic realm="…"</c> where clients know nothing else.</summary>
    public string Challenge { get; init; } = "Bearer";

    /// <summary>Whether a token, or a ticket for git, may come as the password of HTTP's Basic scheme.</summary>
    public bool TakesBasic => Challenge.StartsWith("Basic", StringComparison.Ordinal);

    /// <summary>Whether the path names the environment.</summary>
    public bool NamesEnvironment { get; } = pattern.Contains("{environment}", StringComparison.Ordinal);

    /// <summary>What it says of itself.</summary>
    public EndpointDescription Description { get; } = new();

    /// <inheritdoc/>
    public override string ToString() => $"{Method} {Pattern}";
}
