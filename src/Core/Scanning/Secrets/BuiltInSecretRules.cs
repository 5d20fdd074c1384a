namespace Fairway.Scanning;

/// <summary>The rules that hold where no file is given, in the format of such files.</summary>
public static class BuiltInSecretRules
{
    private static readonly Lazy<SecretRuleSet> Read = new(() => GitleaksConfig.Read(Text, () => new([], []), _ => null));

    /// <summary>The rules.</summary>
    public static SecretRuleSet Set => Read.Value;

    /// <summary>The same as a file to begin one's own with.</summary>
    public const string Text = """
        title = "Fairway's rules for secrets"

        [[rules]]
        id = "aws-access-token"
        description = "Access key id of AWS"
        regex = '''\b((?:AKIA|ASIA|ABIA|ACCA)[A-Z2-7]{16})\b'''
        entropy = 3
        keywords = ["akia", "asia", "abia", "acca"]
        [[rules.allowlists]]
        regexes = ['''.+EXAMPLE$''']

        [[rules]]
        id = "aws-secret-key"
        description = "Secret access key of AWS"
        regex = '''(?i)aws[\w.-]{0,20}(?:secret|key)[\w.-]{0,20}["']?\s{0,5}(?:=|:|=>|:=)\s{0,5}["']?([A-Za-z0-9/+]{40})(?:[^A-Za-z0-9/+=]|$)'''
        entropy = 4
        keywords = ["aws"]
        [[rules.allowlists]]
        regexes = ['''EXAMPLEKEY$''']

        [[rules]]
        id = "github-token"
        description = "Token of GitHub: personal, OAuth, app or refresh"
        regex = '''\b(gh[pousr]_[0-9A-Za-z]{36,251})\b'''
        entropy = 3
        keywords = ["ghp_", "gho_", "ghu_", "ghs_", "ghr_"]

        [[rules]]
        id = "github-fine-grained-token"
        description = "Fine-grained personal token of GitHub"
        regex = '''\b(github_pat_[0-9A-Za-z]{22}_[0-9A-Za-z]{59})\b'''
        entropy = 3
        keywords = ["github_pat_"]

        [[rules]]
        id = "gitlab-token"
        description = "Token of GitLab: personal, deploy, runner, trigger, job, feed or agent"
        regex = '''\b((?:glpat|gldt|glrt|glptt|glcbt|glimt|glagent|gloas|glsoat|glffct)-[0-9A-Za-z_.=-]{20,300})'''
        entropy = 3
        keywords = ["glpat-", "gldt-", "glrt-", "glptt-", "glcbt-", "glimt-", "glagent-", "gloas-", "glsoat-", "glffct-"]

        [[rules]]
        id = "slack-token"
        description = "Token of Slack"
        regex = '''\b(xox[abeoprs]-(?:[0-9]+-)*[0-9A-Za-z-]{10,250}|xapp-[0-9]-[A-Z0-9]+-[0-9]+-[0-9a-z]+)'''
        entropy = 2
        keywords = ["xoxa", "xoxb", "xoxe", "xoxo", "xoxp", "xoxr", "xoxs", "xapp"]

        [[rules]]
        id = "slack-webhook"
        description = "Incoming webhook of Slack"
        regex = '''hooks\.slack\.com/(?:services|workflows|triggers)/[A-Za-z0-9+/]{43,56}'''
        keywords = ["hooks.slack.com"]

        [[rules]]
        id = "stripe-key"
        description = "Secret or restricted key of Stripe"
        regex = '''\b((?:sk|rk)_(?:live|test|prod)_[0-9A-Za-z]{10,99})\b'''
        entropy = 2
        keywords = ["sk_live", "sk_test", "sk_prod", "rk_live", "rk_test", "rk_prod"]

        [[rules]]
        id = "google-api-key"
        description = "API key of Google"
        regex = '''\b(AIza[0-9A-Za-z_-]{35})(?:[^0-9A-Za-z_-]|$)'''
        entropy = 3
        keywords = ["aiza"]

        [[rules]]
        id = "google-oauth-secret"
        description = "OAuth client secret of Google"
        regex = '''\b(GOCSPX-[0-9A-Za-z_-]{28})(?:[^0-9A-Za-z_-]|$)'''
        keywords = ["gocspx-"]

        [[rules]]
        id = "npm-token"
        description = "Access token of npm"
        regex = '''\b(npm_[0-9A-Za-z]{36})\b'''
        entropy = 2
        keywords = ["npm_"]

        [[rules]]
        id = "npm-auth"
        description = "Token in an .npmrc file"
        path = '''(?:^|/)\.npmrc$'''
        regex = '''_(?:authToken|auth|password)\s*=\s*["']?([0-9A-Za-z+/=_.-]{16,})'''
        entropy = 3
        keywords = ["_auth", "_password"]

        [[rules]]
        id = "pypi-token"
        description = "Upload token of PyPI"
        regex = '''\b(pypi-AgE[0-9A-Za-z_-]{50,1000})'''
        keywords = ["pypi-age"]

        [[rules]]
        id = "nuget-key"
        description = "API key of nuget.org"
        regex = '''\b(oy2[a-z0-9]{43})\b'''
        entropy = 3
        keywords = ["oy2"]

        [[rules]]
        id = "nuget-password"
        description = "Password in clear text in a NuGet configuration"
        path = '''(?i)nuget\.config$'''
        regex = '''(?i)<add\s+key="(?:ClearTextPassword|Password)"\s+value="([^"]{8,})"'''
        keywords = ["password"]
        [[rules.allowlists]]
        regexes = ['''^%[^%]+%$''']

        [[rules]]
        id = "azure-storage-key"
        description = "Account key of Azure Storage"
        regex = '''(?i)AccountKey=([A-Za-z0-9+/]{86}==)'''
        entropy = 4
        keywords = ["accountkey"]

        [[rules]]
        id = "digitalocean-token"
        description = "Token of DigitalOcean"
        regex = '''\b(do[opr]_v1_[a-f0-9]{64})\b'''
        keywords = ["doo_v1_", "dop_v1_", "dor_v1_"]

        [[rules]]
        id = "docker-token"
        description = "Personal access token of Docker Hub"
        regex = '''\b(dckr_(?:pat|oat)_[0-9A-Za-z_-]{27,32})'''
        keywords = ["dckr_pat_", "dckr_oat_"]

        [[rules]]
        id = "sendgrid-key"
        description = "API key of SendGrid"
        regex = '''\b(SG\.[0-9A-Za-z_-]{22}\.[0-9A-Za-z_-]{43})(?:[^0-9A-Za-z_-]|$)'''
        entropy = 2
        keywords = ["sg."]

        [[rules]]
        id = "openai-key"
        description = "API key of OpenAI"
        regex = '''\b(sk-(?:proj-|svcacct-|admin-)?[0-9A-Za-z_-]{20,74}T3BlbkFJ[0-9A-Za-z_-]{20,74})(?:[^0-9A-Za-z_-]|$)'''
        keywords = ["t3blbkfj"]

        [[rules]]
        id = "anthropic-key"
        description = "API key of Anthropic"
        regex = '''\b(sk-ant-(?:api|admin)[0-9]{2}-[0-9A-Za-z_-]{80,120})(?:[^0-9A-Za-z_-]|$)'''
        keywords = ["sk-ant-"]

        [[rules]]
        id = "huggingface-token"
        description = "Token of Hugging Face"
        regex = '''\b(hf_[A-Za-z]{34})\b'''
        entropy = 2
        keywords = ["hf_"]

        [[rules]]
        id = "telegram-bot-token"
        description = "Token of a Telegram bot"
        regex = '''(?i)telegr[\s\S]{0,40}?\b([0-9]{8,10}:AA[0-9A-Za-z_-]{33})(?:[^0-9A-Za-z_-]|$)'''
        keywords = ["telegr"]

        [[rules]]
        id = "vault-token"
        description = "Token of HashiCorp Vault"
        regex = '''\b(hv[sbr]\.[0-9A-Za-z_-]{24,300})'''
        entropy = 3.5
        keywords = ["hvs.", "hvb.", "hvr."]

        [[rules]]
        id = "age-secret-key"
        description = "Secret key of age"
        regex = '''AGE-SECRET-KEY-1[QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L]{58}'''
        keywords = ["age-secret-key-1"]

        [[rules]]
        id = "private-key"
        description = "Private key"
        regex = '''(?i)-----BEGIN[ A-Z0-9_-]{0,100}PRIVATE KEY(?: BLOCK)?-----[\s\S]{64,}?KEY(?: BLOCK)?-----'''
        keywords = ["-----begin"]

        [[rules]]
        id = "jwt"
        description = "JSON Web Token"
        regex = '''\b(ey[0-9A-Za-z_-]{16,}\.ey[0-9A-Za-z_-]{16,}\.[0-9A-Za-z_-]{10,}={0,2})'''
        entropy = 3
        keywords = ["ey"]

        [[rules]]
        id = "url-password"
        description = "Password in an address"
        regex = '''(?i)\b(?:postgres(?:ql)?|mysql|mariadb|mongodb(?:\+srv)?|rediss?|amqps?|sqlserver|https?|ftp)://[^\s:/@"'<>]{1,64}:([^\s/@"'<>]{8,128})@[\w.-]+'''
        entropy = 2.5
        keywords = ["://"]
        [[rules.allowlists]]
        regexTarget = "secret"
        regexes = ['''^(?:\$|%|\{|<)''', '''(?i)^(?:password|passwort|secret|changeme|example|xxx+|\*+)$''']

        [[rules]]
        id = "generic-api-key"
        description = "Something that looks like a key, a token or a password"
        regex = '''(?i)[\w.-]{0,50}?(?:access|auth|api|credential|creds|key|passwd|password|secret|token)(?:[ \t\w.-]{0,20})[\s'"]{0,3}(?:=|>|:{1,3}=|\|\||:|=>|\?=|,)[\x60'"\s=]{0,5}([\w.=-]{10,150}|[a-z0-9][a-z0-9+/]{11,}={0,3})(?:[\x60'"\s;]|\\[nr]|$)'''
        entropy = 3.5
        keywords = ["access", "api", "auth", "key", "credential", "creds", "passwd", "password", "secret", "token"]
        [[rules.allowlists]]
        regexes = ['''^[a-zA-Z_.-]+$''', '''^[0-9.:-]+$''', '''^(?:sha(?:1|256|384|512)[-:])''', '''^[\w]+(?:\.[A-Za-z_]\w*)+$''']
        stopwords = ["example", "placeholder", "changeme", "dummy", "sample", "xxxxxx", "000000", "abcdef", "123456", "public", "secretname", "keyname"]
        [[rules.allowlists]]
        regexTarget = "match"
        regexes = ['''(?i)(?:public|primary|foreign|sort|cache|object|group)[_.-]?key''', '''(?i)publickeytoken''', '''(?i)(?:checksum|digest|hash|integrity|commit|revision|fingerprint)''']
        [[rules.allowlists]]
        regexTarget = "line"
        regexes = ['''--mount=type=secret,''', '''import[ \t]+\{[^}]{0,200}\}[ \t]+from''']

        [[allowlists]]
        description = "files that hold no secrets of ours, or none that could be read"
        paths = [
            '''(?i)\.(?:bmp|gif|jpe?g|png|svg|ico|webp|pdf|docx?|xlsx?|pptx?|zip|gz|tgz|bz2|xz|zst|7z|jar|war|dll|exe|so|a|o|pdb|woff2?|ttf|otf|eot|mp[34]|mov|avi|class|pyc|wasm|min\.js|map)$''',
            '''(?:^|/)(?:package-lock\.json|npm-shrinkwrap\.json|yarn\.lock|pnpm-lock\.yaml|poetry\.lock|Pipfile\.lock|uv\.lock|Cargo\.lock|composer\.lock|Gemfile\.lock|go\.sum|packages\.lock\.json|project\.assets\.json|gradle\.lockfile)$''',
            '''(?:^|/)node_modules/''',
            '''(?:^|/)(?:\.?gitleaks\.toml|\.gitleaksignore)$''',
        ]
        """;
}
