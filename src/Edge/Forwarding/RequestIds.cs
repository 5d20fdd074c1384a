using System.Buffers;

namespace Fairway.Edge.Forwarding;

/// <summary>Which request ids of clients are kept: they go into logs, so they are short and have no quotes, spaces or control characters.</summary>
internal static class RequestIds
{
    private const int MaxLength = 128;

    private static readonly SearchValues<char> Sane = SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.:/+=@");

    /// <summary>Whether it is 1 to 128 letters, digits or <c>-_.:/+=@</c>.</summary>
    public static bool IsSane(string id) => id.Length is > 0 and <= MaxLength && !id.AsSpan().ContainsAnyExcept(Sane);
}
