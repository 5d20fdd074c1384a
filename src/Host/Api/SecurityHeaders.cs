using Microsoft.AspNetCore.Http;

namespace Fairway.Api;

/// <summary>What a browser is told about every answer over TCP, also about errors.</summary>
internal static class SecurityHeaders
{
    /// <summary>No inline script, no inline style, nothing from elsewhere, nowhere in a frame (CSP level 3).</summary>
    public const string ContentSecurityPolicy =
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'";

    /// <summary>Adds them before the answer begins.</summary>
    public static Task AddAsync(HttpContext context, Func<Task> next)
    {
        if (context.Features.Get<LocalPeer>() is not null) return next();
        var headers = context.Response.Headers;
        headers.ContentSecurityPolicy = ContentSecurityPolicy;
        headers.XContentTypeOptions = "nosniff";
        headers.XFrameOptions = "DENY";
        // Not no-referrer: with that a browser sends `Origin: null` with our own forms, and they could not be told from foreign ones.
        headers["Referrer-Policy"] = "same-origin";
        headers["Cross-Origin-Opener-Policy"] = "same-origin";
        headers["Cross-Origin-Resource-Policy"] = "same-origin";
        headers["Permissions-Policy"] = "camera=(), geolocation=(), microphone=(), payment=(), usb=()";
        headers.CacheControl = "no-store";
        if (context.Request.IsHttps) headers.StrictTransportSecurity = "max-age=31536000";
        return next();
    }
}
