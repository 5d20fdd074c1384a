using System.Globalization;
using Fairway.Access;
using Microsoft.AspNetCore.Http;

namespace Fairway.Api;

/// <summary>The cookie that carries a browser's session.</summary>
internal static class SessionCookie
{
    /// <summary>
    /// Its name. Over TLS with the prefix that binds it to this host (RFC 6265bis 4.1.3.2); without, with the port: browsers share cookies between the ports of
    /// a machine, and several control planes may run on one.
    /// </summary>
    public static string NameOf(HttpRequest request)
        => request.IsHttps ? "__Host-fairway" : string.Create(CultureInfo.InvariantCulture, $"fairway-{request.HttpContext.Connection.LocalPort}");

    /// <summary>The session's secret; null without one.</summary>
    public static Secret? Read(HttpRequest request) => Secret.ParseCode(request.Cookies[NameOf(request)]);

    /// <summary>Gives it to the browser.</summary>
    public static void Write(HttpContext context, Secret secret, DateTimeOffset expires)
        => context.Response.Cookies.Append(NameOf(context.Request), secret.AsCode, Options(context, expires));

    /// <summary>Takes it away.</summary>
    public static void Clear(HttpContext context) => context.Response.Cookies.Append(NameOf(context.Request), "", Options(context, DateTimeOffset.UnixEpoch));

    private static CookieOptions Options(HttpContext context, DateTimeOffset expires)
        => new() { HttpOnly = true, SameSite = SameSiteMode.Strict, Secure = context.Request.IsHttps, Path = "/", Expires = expires };
}
