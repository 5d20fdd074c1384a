using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using Fairway.Kernel;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace Fairway.Api;

/// <summary>
/// Requests that carry an <c>Idempotency-Key</c> are done once: who asks again with the same key and the same request gets the same answer,
/// for a day and over restarts (draft-ietf-httpapi-idempotency-key-header). Only what was done is kept: a request that failed may be tried
/// again.
/// </summary>
/// <param name="folder">Where answers are kept, readable for the owner only.</param>
/// <param name="keep">Replaces a file of the folder, whole or not at all.</param>
/// <param name="time">The clock.</param>
internal sealed class IdempotencyKeys(string folder, Func<string, byte[], Fault?> keep, TimeProvider time)
{
    /// <summary>The header.</summary>
    public const string Header = "Idempotency-Key";

    /// <summary>Longest key, in characters.</summary>
    public const int LongestKey = 255;

    private const int LargestBody = 4 << 20;
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;
    private static readonly TimeSpan Kept = TimeSpan.FromHours(24);
    private static readonly TimeSpan Sweep = TimeSpan.FromHours(1);
    private readonly ConcurrentDictionary<string, bool> _running = new(StringComparer.Ordinal);
    private long _sweptAt = long.MinValue;

    /// <summary>Runs a call, or repeats the answer that the same request was given.</summary>
    /// <param name="context">The request, let in already.</param>
    /// <param name="caller">Keys of different callers have nothing to do with each other.</param>
    /// <param name="endpoint">Where it goes.</param>
    /// <param name="handle">Does it.</param>
    public Task RunAsync(HttpContext context, string caller, DeclaredEndpoint endpoint, Func<Task> handle)
        => endpoint is { Method: "POST", Kind: EndpointKind.Api, Description.TakesKey: true } && context.Request.Headers.TryGetValue(Header, out var keys)
            ? RunOnceAsync(context, caller, endpoint, keys is [{ } key] ? key : "", handle)
            : handle();

    private async Task RunOnceAsync(HttpContext context, string caller, DeclaredEndpoint endpoint, string key, Func<Task> handle)
    {
        if (key.Length is 0 or > LongestKey || !key.All(letter => letter is > ' ' and <= '~'))
            throw ApiException.BadRequest("idempotency-key-invalid", $"{Header} is one key of 1 to {LongestKey} printable characters");
        var file = Path.Combine(folder, Hash($"{caller}\n{key}") + ".json");
        if (!_running.TryAdd(file, true))
            throw new ApiException(new("Conflict", 409, "idempotency-key-busy", "a request with this key is being done", "ask again"));
        try
        {
            var print = await PrintAsync(context);
            if (Load(file) is { } kept)
            {
                await RepeatAsync(context, kept, print);
                return;
            }
            // Before it is done: after a crash nobody knows whether it was, and it is not done twice.
            Save(file, new(print, time.GetUtcNow(), 0, null, []));
            var answer = await CaptureAsync(context, handle, file);
            if (answer.Status is >= 200 and < 300) Save(file, new(print, time.GetUtcNow(), answer.Status, answer.Media, endpoint.Description.GivesSecret ? [] : answer.Body, endpoint.Description.GivesSecret));
            else File.Delete(file);
            await context.Response.Body.WriteAsync(answer.Body, context.RequestAborted);
        }
        finally
        {
            _running.TryRemove(file, out _);
        }
    }

    private static async Task<(int Status, string? Media, byte[] Body)> CaptureAsync(HttpContext context, Func<Task> handle, string file)
    {
        var body = context.Response.Body;
        using var buffer = new MemoryStream();
        context.Response.Body = buffer;
        try
        {
            await handle();
            return (context.Response.StatusCode, context.Response.ContentType, buffer.ToArray());
        }
        catch
        {
            File.Delete(file);
            throw;
        }
        finally
        {
            context.Response.Body = body;
        }
    }

    private static Task RepeatAsync(HttpContext context, KeptAnswer kept, string print)
    {
        if (kept.Request != print && kept.Request.Length > 0)
            throw ApiException.Unprocessable("idempotency-key-reused", "this key was used with another request", "use a new key for each thing that is to be done");
        if (kept.Status == 0)
            throw new ApiException(new("Conflict", 409, "outcome-unknown", "the control plane ended while a request with this key was being done", "look whether it was done; then use a new key"));
        if (kept.IsSecret)
            throw new ApiException(new("Conflict", 409, "already-done", "a request with this key was done, and the secret in its answer is shown once", "use a new key for another"));
        context.Response.StatusCode = kept.Status;
        context.Response.ContentType = kept.Media;
        context.Response.Headers.CacheControl = "no-store";
        context.Response.Headers["Idempotency-Replayed"] = "true";
        return context.Response.Body.WriteAsync(kept.Body, context.RequestAborted).AsTask();
    }

    /// <summary>What makes two requests the same.</summary>
    private static async Task<string> PrintAsync(HttpContext context)
    {
        if (context.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } limit) limit.MaxRequestBodySize = LargestBody;
        var body = new MemoryStream();
        await context.Request.Body.CopyToAsync(body, context.RequestAborted);
        body.Position = 0;
        context.Request.Body = body;
        var head = Encoding.UTF8.GetBytes($"{context.Request.Method} {context.Request.Path}{context.Request.QueryString}\n{context.Request.Headers.IfMatch}\n");
        return Convert.ToHexStringLower(SHA256.HashData([.. head, .. body.ToArray()]));
    }

    private KeptAnswer? Load(string file)
    {
        try
        {
            var kept = JsonSerializer.Deserialize(File.ReadAllBytes(file), IdempotencyJson.Default.KeptAnswer);
            return kept is not null && time.GetUtcNow() - kept.At < Kept ? kept : null;
        }
        catch (Exception error) when (error is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
        catch (JsonException)
        {
            // Torn by a crash: it was begun, and nobody knows more.
            return new("", time.GetUtcNow(), 0, null, []);
        }
    }

    private void Save(string file, KeptAnswer answer)
    {
        Directory.CreateDirectory(folder, OwnerOnly);
        SweepOld();
        if (keep(file, JsonSerializer.SerializeToUtf8Bytes(answer, IdempotencyJson.Default.KeptAnswer)) is { } fault) throw ApiException.Of(fault, "idempotency-key-not-kept");
    }

    private void SweepOld()
    {
        var (now, last) = (time.GetUtcNow(), Interlocked.Read(ref _sweptAt));
        if (now.Ticks - last < Sweep.Ticks && last != long.MinValue) return;
        Interlocked.Exchange(ref _sweptAt, now.Ticks);
        foreach (var file in Directory.EnumerateFiles(folder))
            if (now - new DateTimeOffset(File.GetLastWriteTimeUtc(file), TimeSpan.Zero) > Kept) File.Delete(file);
    }

    private static string Hash(string text) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)));
}

/// <summary>An answer as it lies in its file.</summary>
/// <param name="Request">Print of the request.</param>
/// <param name="At">When it was begun or answered.</param>
/// <param name="Status">0 while it is being done.</param>
/// <param name="Media">Of the answer.</param>
/// <param name="Body">The answer; empty when it holds a secret.</param>
/// <param name="IsSecret">Whether it holds one. Not a null body: what is made at compile time writes that as an empty one.</param>
internal sealed record KeptAnswer(string Request, DateTimeOffset At, int Status, string? Media, byte[] Body, bool IsSecret = false);

/// <summary>Made at compile time.</summary>
[JsonSerializable(typeof(KeptAnswer))]
internal sealed partial class IdempotencyJson : JsonSerializerContext;
