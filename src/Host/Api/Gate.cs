using System.Security.Cryptography;
using System.Text;
using Fairway.Access;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace Fairway.Api;

/// <summary>The one place where a call is let in or not: who it is, what it may, and that a browser meant it.</summary>
/// <param name="recognize">Who calls; throws <see cref="ApiException"/> for credentials that are wrong.</param>
internal sealed class Gate(Func<HttpContext, CancellationToken, ValueTask<Caller>> recognize)
{
    /// <summary>Form field of the CSRF token.</summary>
    public const string CsrfField = "csrf";

    /// <summary>Header of the CSRF token.</summary>
    public const string CsrfHeader = "X-Csrf-Token";

    private static readonly FormOptions FormLimits = new() { ValueCountLimit = 200, KeyLengthLimit = 200, ValueLengthLimit = (int)Limits.Body, BufferBody = false };

    /// <summary>The caller, who may do what the endpoint needs.</summary>
    /// <exception cref="ApiException">401: not known. 403: known, and not allowed.</exception>
    public async ValueTask<Caller> AdmitAsync(HttpContext context, DeclaredEndpoint endpoint)
    {
        var unsafeMethod = !(HttpMethods.IsGet(context.Request.Method) || HttpMethods.IsHead(context.Request.Method) || HttpMethods.IsOptions(context.Request.Method));
        if (unsafeMethod) RefuseOtherOrigins(context);
        var caller = await RecognizeAsync(context, endpoint);
        var environment = endpoint.NamesEnvironment ? (string?)context.Request.RouteValues["environment"] : null;
        var needs = endpoint.Needs;
        var allowed = endpoint is { NamesEnvironment: false, Reach: Reach.Somewhere } ? caller.MaySomewhere(needs) : caller.May(needs, environment);
        if (!allowed) throw Refuse(caller, needs, environment ?? (endpoint.Reach == Reach.Somewhere ? "some environment" : null), $"{context.Request.Method} {context.Request.PathBase}{context.Request.Path}");
        caller.Use(needs, environment);
        if (unsafeMethod && caller.CsrfToken is { } token) await CheckCsrfAsync(context, token);
        return caller;
    }

    /// <summary>What is answered to somebody who may not.</summary>
    public static ApiException Refuse(Caller caller, Permission needs, string? environment, string what)
    {
        var need = $"the permission to {needs.ToString().ToLowerInvariant()}{(environment is null ? " in every environment" : $" in {environment}")}";
        if (!caller.Who.IsKnown)
            return new(new(
                "Sign in", StatusCodes.Status401Unauthorized, "sign-in-needed", $"{what} needs {(needs == Permission.SignedIn ? "to know who you are" : need)}, and nobody is signed in",
                "open the link that `fairway login` prints, or send `Authorization: Bearer` with a token from `fairway token create`"));
        if (caller.Who is { Kind: PrincipalKind.Local, Roles.IsEmpty: true })
            return ApiException.Forbidden("not-yours", $"this control plane belongs to another user than {caller.Name}", "run the command as that user, or as root");
        var roles = caller.Who.Roles.IsEmpty ? "has no role" : $"is {string.Join(", ", caller.Who.Roles)}";
        return ApiException.Forbidden("not-allowed", $"{what} needs {need}; {caller.Name} {roles}", "ask for it with `fairway grant request`, or use an account that has it");
    }

    private async ValueTask<Caller> RecognizeAsync(HttpContext context, DeclaredEndpoint endpoint)
    {
        try
        {
            return await recognize(context, context.RequestAborted);
        }
        catch (ApiException) when (endpoint.Needs == Permission.None)
        {
            // An old cookie must not keep anybody from signing in.
            return Caller.Anonymous;
        }
    }

    /// <summary>
    /// A form or a script of another site must not act in a browser's name. Another port of this machine is another site too, though
    /// browsers send it the same cookies.
    /// </summary>
    private static void RefuseOtherOrigins(HttpContext context)
    {
        if (context.Features.Get<LocalPeer>() is not null) return;
        var headers = context.Request.Headers;
        var origin = headers.Origin;
        var own = $"{context.Request.Scheme}://{context.Request.Host}";
        var foreign = origin.Count > 0 ? !string.Equals(origin, own, StringComparison.OrdinalIgnoreCase)
            : headers["Sec-Fetch-Site"] is [var site] && site is not ("same-origin" or "none");
        if (foreign) throw ApiException.Forbidden("foreign-origin", "the request comes from a page of another site", "act from the console's own pages");
    }

    private static async Task CheckCsrfAsync(HttpContext context, string token)
    {
        string? sent = context.Request.Headers[CsrfHeader];
        if (string.IsNullOrEmpty(sent) && IsForm(context.Request)) sent = (await ReadFormAsync(context))[CsrfField];
        if (sent is null || !CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(sent), Encoding.UTF8.GetBytes(token)))
            throw ApiException.Forbidden(
                "csrf", $"the request carries no valid {CsrfHeader} header or {CsrfField} field", "load the page again; programs use a token rather than a browser's session");
    }

    /// <summary>The fields of a form, within limits.</summary>
    public static async Task<IFormCollection> ReadFormAsync(HttpContext context)
    {
        if (!IsForm(context.Request))
            throw new ApiException(new("Unsupported media type", StatusCodes.Status415UnsupportedMediaType, "not-a-form", "the body must be application/x-www-form-urlencoded"));
        try
        {
            if (context.Features.Get<IFormFeature>() is null) context.Features.Set<IFormFeature>(new FormFeature(context.Request, FormLimits));
            return await context.Request.ReadFormAsync(context.RequestAborted);
        }
        catch (InvalidDataException error)
        {
            throw ApiException.BadRequest("form-invalid", $"the form cannot be read: {error.Message}");
        }
    }

    // Nothing here takes files, so multipart is nothing to parse.
    private static bool IsForm(HttpRequest request)
        => request.ContentType is { } type && type.Split(';')[0].Trim().Equals("application/x-www-form-urlencoded", StringComparison.OrdinalIgnoreCase);
}
