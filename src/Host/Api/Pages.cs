using System.Globalization;
using System.Net;
using System.Text;
using Fairway.Client.Wire;
using Microsoft.AspNetCore.Http;

namespace Fairway.Api;

/// <summary>What the sign-in page shows.</summary>
/// <param name="Code">Of a one-time link; empty when it is to be typed.</param>
/// <param name="Return">A path on this server, to go on to.</param>
/// <param name="Problem">Why the last try was refused; null at the first.</param>
/// <param name="For">Whom the link signs in; null when that is not known.</param>
public sealed record SignInView(string Code, string Return, ProblemInfo? Problem, string? For);

/// <summary>How pages look that this layer must answer by itself. The console gives better ones; these are plain, and enough.</summary>
public sealed class Pages
{
    /// <summary>Answers an error as a page; the status is set already.</summary>
    public Func<HttpContext, ProblemInfo, Task> Error { get; set; } = (context, problem) => WriteAsync(
        context, problem.Title, $"<p>{Text(problem.Detail)}</p>{(problem.Mend is { } mend ? $"<p>{Text(mend)}</p>" : "")}<p><a href=\"/\">Overview</a></p>");

    /// <summary>
    /// Answers the sign-in page: a form that POSTs <c>code</c> and <c>return</c> to <c>/sign-in</c>. The status is set already.
    /// </summary>
    public Func<HttpContext, SignInView, Task> SignIn { get; set; } = (context, view) => WriteAsync(
        context, "Sign in",
        $"{(view.Problem is { } problem ? $"<p role=\"alert\">{Text(problem.Detail)}</p>" : "")}"
        + "<form method=\"post\" action=\"/sign-in\">"
        + $"<p><label>Code from <code>fairway login</code> <input name=\"code\" value=\"{Text(view.Code)}\" required autocomplete=\"off\"></label></p>"
        + $"<input type=\"hidden\" name=\"return\" value=\"{Text(view.Return)}\"><p><button>Sign in{(view.For is { } name ? " as " + Text(name) : "")}</button></p></form>");

    private static Task WriteAsync(HttpContext context, string title, string body)
    {
        context.Response.ContentType = "text/html; charset=utf-8";
        var html = string.Create(
            CultureInfo.InvariantCulture,
            $"<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\"><title>{Text(title)} · Fairway</title><main><h1>{Text(title)}</h1>{body}</main></html>");
        return context.Response.Body.WriteAsync(Encoding.UTF8.GetBytes(html), context.RequestAborted).AsTask();
    }

    private static string Text(string text) => WebUtility.HtmlEncode(text);
}
